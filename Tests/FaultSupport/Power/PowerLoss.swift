// Takes the power away from a directory of files whose process has been killed.

package import AeroIO
import Glibc
package import TestSupport

/// A directory that loses what was not synced, as often as is asked.
///
/// Before a process is started with `PowerShim`, `arm` takes what there is for durable. After it
/// was killed, `strike` leaves one of the states that POSIX allows. Of the 512-byte sectors written
/// since the last sync of their file any may be lost, and the file has one of the lengths that it
/// had since. Of the changes of names since the last sync of their directory the last ones may be.
/// Not every such state comes up: bytes that were durable and written over stay as they are now.
package struct PowerLoss {
    /// What a strike took.
    package struct Report: Equatable, Sendable {
        /// Bytes that were written and are gone, or zero.
        package var lostByteCount = 0
        /// Changes of names that were undone.
        package var lostNameCount = 0

        /// Nothing yet.
        package init() {}
    }

    private let root: String
    private let journal: String
    private let disk = SystemDisk()
    private var byteCounts: [String: Int] = [:]

    private static let sectorByteCount = 512

    /// - Parameters:
    ///   - root: The directory; all of it is durable when `arm` is called.
    ///   - journal: As for `PowerShim.environment`.
    package init(root: String, journal: String) {
        self.root = root
        self.journal = journal
    }

    /// Takes everything that there is for durable. Before each start of the process.
    package mutating func arm() throws(Errno) {
        byteCounts = [:]
        try measure(root)
        let (folder, name) = DiskPath.split(journal)
        for entry in try disk.entries(of: folder)
        where entry.name == name || entry.name.hasPrefix(name + ".") {
            try disk.remove(folder + "/" + entry.name)
        }
    }

    private mutating func measure(_ directory: String) throws(Errno) {
        for entry in try disk.entries(of: directory) {
            let path = directory + "/" + entry.name
            switch entry.kind {
            case .directory: try measure(path)
            case .file: byteCounts[path] = try disk.openForReading(path).byteCount()
            case .other: continue
            }
        }
    }

    /// Takes the power away, after the process has ended.
    ///
    /// - Parameters:
    ///   - honesty: What its syncs were worth.
    ///   - random: Chooses among the states that are left.
    package func strike(
        _ honesty: DiskHonesty = .honest, _ random: inout SplitMix64
    ) throws(Errno) -> Report {
        let model = PowerModel(
            try PowerJournalEntry.read(journal), startingFrom: byteCounts, honesty)
        var report = Report()
        for (path, file) in model.files.sorted(by: { $0.key < $1.key }) {
            report.lostByteCount += try lose(path, file, &random)
        }
        report.lostNameCount = try undo(model.nameChanges, &random)
        return report
    }

    // MARK: - Bytes

    private func lose(
        _ path: String, _ file: PoweredFile, _ random: inout SplitMix64
    ) throws(Errno) -> Int {
        let open: any DiskFile
        do throws(Errno) { open = try disk.open(path) } catch .noSuchFile { return 0 }
        let byteCount = try open.byteCount()
        // Written, and its process killed before it could say so.
        if byteCount > file.byteCount { file.write(Int.max, file.byteCount..<byteCount) }
        let (durable, changes) = file.uncertain
        guard !changes.isEmpty else { return 0 }
        let lengths = [durable] + changes.map(\.byteCount)
        let kept = lengths.randomElement(using: &random) ?? durable
        var lost = 0
        if kept < byteCount {
            try open.truncate(to: kept)
            lost += byteCount - kept
        }
        // All of what is left, or none of it, or any.
        let lossPercent = [0, 10, 50, 100].randomElement(using: &random) ?? 0
        for change in changes {
            let range =
                max(
                    change.range.lowerBound, durable)..<max(
                    min(change.range.upperBound, kept), max(change.range.lowerBound, durable))
            lost += try zero(open, range, lossPercent, &random)
        }
        return lost
    }

    /// Puts zeros where sectors did not get to the disk.
    private func zero(
        _ file: any DiskFile, _ range: Range<Int>, _ percent: Int, _ random: inout SplitMix64
    ) throws(Errno) -> Int {
        let zeros = [UInt8](repeating: 0, count: Self.sectorByteCount)
        var lost = 0
        var position = range.lowerBound
        while position < range.upperBound {
            let end = min(
                (position / Self.sectorByteCount + 1) * Self.sectorByteCount, range.upperBound)
            if Int.random(in: 0..<100, using: &random) < percent {
                var failure: Errno?
                zeros[..<(end - position)].withUnsafeBytes { bytes in
                    // SAFETY: lent for the call only.
                    do throws(Errno) { try file.write(bytes, at: position) } catch {
                        failure = error
                    }
                }
                if let failure { throw failure }
                lost += end - position
            }
            position = end
        }
        return lost
    }

    // MARK: - Names

    /// Undoes the last changes of each directory, how many being chosen for each.
    private func undo(
        _ changes: [JournaledNameChange], _ random: inout SplitMix64
    ) throws(Errno) -> Int {
        var indices: [String: [Int]] = [:]
        for (index, change) in changes.enumerated() {
            indices[change.directory, default: []].append(index)
        }
        var undone: Set<Int> = []
        for (_, own) in indices.sorted(by: { $0.key < $1.key }) {
            undone.formUnion(own.suffix(Int.random(in: 0...own.count, using: &random)))
        }
        for index in undone.sorted().reversed() { try undo(changes[index].entry) }
        return undone.count
    }

    private func undo(_ entry: PowerJournalEntry) throws(Errno) {
        switch entry {
        case .created(let path): try ignoringAbsence { () throws(Errno) in try disk.remove(path) }
        case .createdDirectory(let path):
            try ignoringAbsence { () throws(Errno) in try removeTree(path) }
        case .renamed(let source, let target, let backup):
            // What it was in may be gone with its own name.
            try ignoringAbsence { () throws(Errno) in
                try disk.rename(target, to: source)
                if let backup { try restore(backup, as: target) }
            }
        case .removed(let path, let backup):
            guard let backup else { return }
            try ignoringAbsence { () throws(Errno) in try restore(backup, as: path) }
        case .removedDirectory(let path):
            try ignoringAbsence { () throws(Errno) in try disk.createDirectory(path) }
        case .written, .resized, .syncBegan, .syncEnded: return
        }
    }

    private func ignoringAbsence(_ body: () throws(Errno) -> Void) throws(Errno) {
        do throws(Errno) { try body() } catch .noSuchFile { return }
    }

    /// Gives a file its former name back, unless something has that name that nobody wrote down:
    /// its process was killed before it could.
    private func restore(_ backup: String, as path: String) throws(Errno) {
        guard link(backup, path) != 0, errno != EEXIST else { return }
        throw Errno(rawValue: errno)
    }

    private func removeTree(_ path: String) throws(Errno) {
        for entry in try disk.entries(of: path) {
            let inner = path + "/" + entry.name
            if entry.kind == .directory { try removeTree(inner) } else { try disk.remove(inner) }
        }
        try disk.removeDirectory(path)
    }
}
