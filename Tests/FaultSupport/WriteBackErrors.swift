// Who is told that something could not be written back: each open description, once.

import AeroIO

/// The failed write-backs of a simulated disk, as Linux keeps them: for each file, and for the file
/// system as a whole, a sequence of errors; every open description has a cursor in it.
///
/// A description that is opened behind an error that nobody has heard of hears of it, too.
///
/// Source: Linux, lib/errseq.c, `file_check_and_advance_wb_err` and the end of syncfs(2).
struct WriteBackErrors {
    private struct Sequence {
        var count = 0
        var toldCount = 0
        var last = Errno.ioError

        mutating func record(_ error: Errno) {
            count += 1
            last = error
        }

        mutating func take(since cursor: inout Int) -> Errno? {
            guard cursor < count else { return nil }
            cursor = count
            toldCount = count
            return last
        }
    }

    private var files: [Int: Sequence] = [:]
    private var fileSystem = Sequence()

    /// Where a description of a file or directory begins that is opened now.
    func cursor(of node: Int) -> Int { files[node]?.toldCount ?? 0 }

    /// Where a description of the file system begins that is opened now.
    var fileSystemCursor: Int { fileSystem.toldCount }

    /// A file or directory could not be written back.
    mutating func record(_ error: Errno, of node: Int) {
        files[node, default: Sequence()].record(error)
        fileSystem.record(error)
    }

    /// Something could not be written back that is no file's.
    mutating func record(_ error: Errno) { fileSystem.record(error) }

    /// What a description of a file or directory is told when it synchronizes.
    mutating func take(of node: Int, since cursor: inout Int) -> Errno? {
        files[node]?.take(since: &cursor)
    }

    /// What a description of the file system is told.
    mutating func takeOfFileSystem(since cursor: inout Int) -> Errno? {
        fileSystem.take(since: &cursor)
    }
}
