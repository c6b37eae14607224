// What of a directory was durable when the power went, by the promises of POSIX alone.

import AeroIO

/// Whether a disk does what it is told.
package enum DiskHonesty: Sendable {
    /// A sync that has ended covers all that came before it.
    case honest
    /// Syncs of files whose names end like this cover nothing, as if a program made none.
    case syncsDoNothing(suffix: String)
    /// Syncs of files whose names end like this cover what came before the one before, as if a
    /// program did not wait for them.
    case syncsComeLate(suffix: String)
}

/// A file while its process lived.
final class PoweredFile {
    /// What changed its bytes or length, in order.
    struct Change {
        let index: Int
        /// Bytes written; empty for a change of the length alone.
        let range: Range<Int>
        /// The length afterwards.
        let byteCount: Int
    }

    /// The length that was durable at the start; 0 for a new file.
    let startByteCount: Int
    private(set) var byteCount: Int
    private(set) var changes: [Change] = []
    /// Changes below this index in the journal are durable.
    var durableIndex = 0
    /// Where the sync before the last one began.
    var formerSyncIndex = 0

    init(byteCount: Int) {
        startByteCount = byteCount
        self.byteCount = byteCount
    }

    func write(_ index: Int, _ range: Range<Int>) {
        byteCount = max(byteCount, range.upperBound)
        changes.append(Change(index: index, range: range, byteCount: byteCount))
    }

    func resize(_ index: Int, to newByteCount: Int) {
        byteCount = newByteCount
        changes.append(Change(index: index, range: 0..<0, byteCount: newByteCount))
    }

    /// The length that is durable, and the changes that may be gone.
    var uncertain: (durableByteCount: Int, changes: [Change]) {
        let durable = changes.last { $0.index < durableIndex }
        return (
            durable?.byteCount ?? startByteCount, changes.filter { $0.index >= durableIndex }
        )
    }
}

/// A change of names that may be gone.
struct JournaledNameChange {
    let index: Int
    let entry: PowerJournalEntry
    /// The directory whose sync makes it durable.
    let directory: String
}

/// The journal played through.
struct PowerModel {
    /// Files by the path they have in the end.
    private(set) var files: [String: PoweredFile] = [:]
    /// Changes of names that were not synced, in order.
    private(set) var nameChanges: [JournaledNameChange] = []
    private var pendingSyncs: [Int: (index: Int, PowerJournalEntry.SyncKind, path: String)] = [:]
    private let honesty: DiskHonesty

    /// - Parameters:
    ///   - entries: The journal.
    ///   - byteCounts: The files of the directory at the start, all durable.
    ///   - honesty: What syncs are worth.
    init(
        _ entries: [PowerJournalEntry], startingFrom byteCounts: [String: Int],
        _ honesty: DiskHonesty
    ) {
        self.honesty = honesty
        files = byteCounts.mapValues { PoweredFile(byteCount: $0) }
        for (index, entry) in entries.enumerated() { play(entry, index) }
    }

    private mutating func play(_ entry: PowerJournalEntry, _ index: Int) {
        switch entry {
        case .written(let path, let position, let byteCount):
            files[path]?.write(index, position..<position + byteCount)
        case .resized(let path, let byteCount): files[path]?.resize(index, to: byteCount)
        case .created(let path):
            files[path] = PoweredFile(byteCount: 0)
            change(entry, index, at: path)
        case .createdDirectory(let path), .removedDirectory(let path):
            change(entry, index, at: path)
        case .renamed(let source, let target, _):
            move(source, to: target)
            change(entry, index, at: target)
        case .removed(let path, _):
            files[path] = nil
            change(entry, index, at: path)
        case .syncBegan(let number, let kind, let path):
            pendingSyncs[number] = (index, kind, path)
        case .syncEnded(let number):
            guard let sync = pendingSyncs.removeValue(forKey: number) else { return }
            synchronize(sync.index, sync.1, sync.path)
        }
    }

    private mutating func change(_ entry: PowerJournalEntry, _ index: Int, at path: String) {
        nameChanges.append(
            JournaledNameChange(
                index: index, entry: entry, directory: DiskPath.split(path).directory))
    }

    /// Gives a file, or all files of a directory, their new paths.
    ///
    /// Changes of names within a directory that gets another name count as durable from then on:
    /// that is one of the states that are allowed, and they could not be found again.
    private mutating func move(_ source: String, to target: String) {
        if let file = files.removeValue(forKey: source) { files[target] = file }
        let prefix = source + "/"
        for (path, file) in files where path.hasPrefix(prefix) {
            files[path] = nil
            files[target + "/" + path.dropFirst(prefix.count)] = file
        }
        nameChanges.removeAll { $0.directory == source || $0.directory.hasPrefix(prefix) }
    }

    private mutating func synchronize(
        _ index: Int, _ kind: PowerJournalEntry.SyncKind, _ path: String
    ) {
        switch kind {
        case .directory: nameChanges.removeAll { $0.directory == path && $0.index < index }
        case .file:
            guard let file = files[path] else { return }
            synchronize(file, path, index)
        case .fileSystem:
            for (path, file) in files { synchronize(file, path, index) }
            nameChanges.removeAll { $0.index < index }
        }
    }

    private func synchronize(_ file: PoweredFile, _ path: String, _ index: Int) {
        let covered =
            switch honesty {
            case .syncsDoNothing(let suffix) where path.hasSuffix(suffix): 0
            case .syncsComeLate(let suffix) where path.hasSuffix(suffix): file.formerSyncIndex
            case .honest, .syncsDoNothing, .syncsComeLate: index
            }
        file.durableIndex = max(file.durableIndex, covered)
        file.formerSyncIndex = index
    }
}
