// The bytes of a simulated file: those that are read, those that are durable, and what is between.

/// One change of a file that is not known to be durable as a whole.
struct FileChange {
    enum Kind {
        case write(position: Int, bytes: [UInt8])
        case truncate(byteCount: Int)
    }

    /// The disk-wide order of changes.
    let sequence: Int
    let kind: Kind
    var fate = Fate.pending
}

/// What is known about a change.
enum Fate {
    /// Not synchronized yet.
    case pending
    /// Synchronized.
    case durable
    /// A synchronization of it failed: perhaps it is on the disk, perhaps not, and no later
    /// synchronization brings it there, since the kernel took it for written.
    case lost
}

/// A part of a write that reaches the disk whole or not at all, because it is within one sector.
struct SectorWrite {
    let change: Int
    let range: Range<Int>
}

/// A length the file had, and the change that gave it.
struct LengthVersion {
    let byteCount: Int
    let change: Int
}

/// A file's bytes in memory and on the disk.
///
/// What a crash leaves: of the lengths that the file has had since it was synchronized any one
/// (an inode is written whole, so truncations before that length took place); of the sectors
/// written since then any set; zeros where the length is there and the bytes are not.
struct FileContent {
    static let sectorByteCount = 512

    /// What is read.
    private(set) var bytes: [UInt8] = []
    /// What is on the disk for certain, before `changes`.
    private var durable: [UInt8] = []
    private(set) var changes: [FileChange] = []

    init() {}

    /// A file that is durable as it is.
    init(durable: [UInt8]) {
        bytes = durable
        self.durable = durable
    }

    // MARK: Changes

    mutating func write(_ source: [UInt8], at position: Int, sequence: Int) {
        guard !source.isEmpty else { return }
        Self.place(source[...], at: position, in: &bytes)
        changes.append(
            FileChange(sequence: sequence, kind: .write(position: position, bytes: source)))
    }

    mutating func truncate(to byteCount: Int, sequence: Int) {
        guard byteCount != bytes.count else { return }
        Self.resize(&bytes, to: byteCount)
        changes.append(FileChange(sequence: sequence, kind: .truncate(byteCount: byteCount)))
    }

    /// Whether anything waits to be written back.
    var hasPendingChanges: Bool { changes.contains { $0.fate == .pending } }

    /// Everything pending is durable from here on.
    mutating func synchronize() {
        guard changes.contains(where: { $0.fate == .lost }) else {
            // Not `durable = bytes`, which would make the next write copy the whole file.
            for change in changes { Self.apply(change.kind, to: &durable) }
            changes.removeAll()
            return
        }
        settle(.durable)
    }

    /// A synchronization failed.
    mutating func loseChanges() { settle(.lost) }

    private mutating func settle(_ fate: Fate) {
        for index in changes.indices where changes[index].fate == .pending {
            changes[index].fate = fate
        }
    }

    /// Changes bytes in memory and on the disk alike, as damage does.
    mutating func damage(_ body: (inout [UInt8]) -> Void) {
        body(&bytes)
        self = FileContent(durable: bytes)
    }

    // MARK: What a crash may leave

    /// The sectors that may or may not be on the disk, oldest first.
    var uncertainSectors: [SectorWrite] {
        changes.indices.filter { changes[$0].fate != .durable }.flatMap(sectors(of:))
    }

    /// The lengths since the last synchronization, oldest first: at least one.
    ///
    /// A write that lies within a length that was lost, and is durable, has brought the length to
    /// the disk with it.
    var lengths: [LengthVersion] {
        var versions = [LengthVersion(byteCount: durable.count, change: -1)]
        var current = durable.count
        var certain = durable.count
        for (index, change) in changes.enumerated() {
            switch change.kind {
            case .truncate(let byteCount):
                current = byteCount
                if change.fate == .durable { certain = byteCount }
                versions.append(LengthVersion(byteCount: current, change: index))
            case .write:
                for sector in sectors(of: index) {
                    let isLonger = sector.range.upperBound > current
                    current = max(current, sector.range.upperBound)
                    let isBrought =
                        change.fate == .durable && sector.range.upperBound > certain
                    guard isLonger || isBrought else { continue }
                    versions.append(LengthVersion(byteCount: current, change: index))
                    if change.fate == .durable { certain = current }
                }
            }
        }
        return versions
    }

    /// The first of `lengths` that the file may have: everything before it is history.
    var certainLength: Int {
        lengths.lastIndex { $0.change >= 0 && changes[$0.change].fate == .durable } ?? 0
    }

    /// The bytes that a crash leaves.
    /// - Parameters:
    ///   - length: Index into `lengths`, at least `certainLength`.
    ///   - isThere: Whether a sector is on the disk, by its index in `uncertainSectors`.
    func left(length: Int, isThere: (Int) -> Bool) -> [UInt8] {
        let version = lengths[length]
        var result = durable
        var uncertain = 0
        for (index, change) in changes.enumerated() {
            switch change.kind {
            case .truncate(let byteCount):
                if index <= version.change && byteCount < result.count {
                    result.removeLast(result.count - byteCount)
                }
            case .write(let position, let source):
                for sector in sectors(of: index) {
                    if change.fate != .durable {
                        uncertain += 1
                        guard isThere(uncertain - 1) else { continue }
                    }
                    let part = source[
                        sector.range.lowerBound - position..<sector.range.upperBound - position]
                    Self.place(part, at: sector.range.lowerBound, in: &result)
                }
            }
        }
        Self.resize(&result, to: version.byteCount)
        return result
    }

    /// What is left of what is durable for certain, and of nothing else.
    var certainBytes: [UInt8] { left(length: certainLength) { _ in false } }

    private func sectors(of change: Int) -> [SectorWrite] {
        guard case .write(let position, let source) = changes[change].kind else { return [] }
        let end = position + source.count
        var sectors: [SectorWrite] = []
        var start = position
        while start < end {
            let next = min(end, (start / Self.sectorByteCount + 1) * Self.sectorByteCount)
            sectors.append(SectorWrite(change: change, range: start..<next))
            start = next
        }
        return sectors
    }

    // MARK: Bytes

    private static func apply(_ kind: FileChange.Kind, to bytes: inout [UInt8]) {
        switch kind {
        case .write(let position, let source): place(source[...], at: position, in: &bytes)
        case .truncate(let byteCount): resize(&bytes, to: byteCount)
        }
    }

    private static func place(
        _ source: ArraySlice<UInt8>, at position: Int, in bytes: inout [UInt8]
    ) {
        let end = position + source.count
        if bytes.count < position { resize(&bytes, to: position) }
        bytes.replaceSubrange(position..<max(position, min(end, bytes.count)), with: source)
    }

    private static func resize(_ bytes: inout [UInt8], to byteCount: Int) {
        if byteCount < bytes.count {
            bytes.removeLast(bytes.count - byteCount)
        } else {
            bytes.append(contentsOf: repeatElement(0, count: byteCount - bytes.count))
        }
    }
}
