// What a simulated disk is asked to do, and where it is told to fail.

package import AeroIO

/// The calls of `Disk` and `DiskFile`.
package enum DiskOperationKind: Hashable, CaseIterable, Sendable {
    case open, create, createDirectory, entries, rename, remove, removeDirectory
    case synchronizeDirectory, synchronizeFileSystem, lock
    case byteCount, write, read, truncate, synchronize
}

/// One call, as hooks see it.
package struct DiskOperation: Sendable {
    /// The how-manieth call of this disk it is, from 1.
    package let ordinal: Int
    package let kind: DiskOperationKind
    /// The path given, or under which the file was opened.
    package let path: String
    /// Bytes to write, read, or keep.
    package let byteCount: Int
    /// What it came to; nil while undecided, and when it succeeded.
    package internal(set) var error: Errno?
}

/// A call that fails.
package struct DiskFault: Sendable {
    package var kind: DiskOperationKind
    package var error: Errno
    /// The how-manieth matching call from now on fails first, from 1.
    package var ordinal: Int
    /// How many calls fail in a row.
    package var count: Int
    /// Only calls whose path ends so match.
    package var pathSuffix: String
    /// A write that fails takes this many bytes first.
    package var writtenByteCount: Int

    package init(
        _ kind: DiskOperationKind, _ error: Errno, ordinal: Int = 1, count: Int = 1,
        pathSuffix: String = "", writtenByteCount: Int = 0
    ) {
        self.kind = kind
        self.error = error
        self.ordinal = ordinal
        self.count = count
        self.pathSuffix = pathSuffix
        self.writtenByteCount = writtenByteCount
    }

    /// Counts a call, and says whether it fails.
    mutating func meets(_ operation: DiskOperation) -> Bool {
        guard operation.kind == kind, operation.path.hasSuffix(pathSuffix) else { return false }
        ordinal -= 1
        guard ordinal <= 0, count > 0 else { return false }
        count -= 1
        return true
    }
}
