// Small files read and replaced whole, on any disk.

extension Disk {
    /// Reads a whole file.
    /// - Parameter limit: More bytes than this are not read.
    /// - Throws: `Errno.fileTooLarge` beyond the limit, and all of `openForReading` and `read`.
    package func readFile(_ path: String, limit: Int) throws(Errno) -> [UInt8] {
        let file = try openForReading(path)
        // One more than was found, so that a file that grows meanwhile is noticed.
        let room = min(try file.byteCount(), limit) + 1
        var failure: Errno?
        let bytes = [UInt8](unsafeUninitializedCapacity: room) { memory, count in
            do throws(Errno) {
                // SAFETY: bytes need no initialization; `count` says how many there are.
                count = try file.read(into: UnsafeMutableRawBufferPointer(memory), at: 0)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        guard bytes.count <= limit else { throw .fileTooLarge }
        return bytes
    }

    /// Replaces the content of a file, or makes it: after a crash at any point it has the old
    /// content or the new one, and once this has returned the new one.
    ///
    /// The bytes go to a temporary file in the same directory, which is synchronized and renamed;
    /// then the directory is synchronized. One replacement of a path at a time.
    /// - Parameters:
    ///   - path: The file; its directory must exist.
    ///   - bytes: The new content.
    ///   - temporary: The name of the temporary file, `NAME.tmp` unless given. One that a crash
    ///     left behind is overwritten.
    /// - Throws: `Errno` of any step. The content is the old one, unless it is the directory that
    ///   could not be synchronized: then nobody knows which one is durable.
    package func replaceFile(
        _ path: String, with bytes: [UInt8], temporary: String? = nil
    ) throws(Errno) {
        let (directory, name) = DiskPath.split(path)
        guard !name.isEmpty else { throw .isDirectory }
        let stage = "\(directory)/\(temporary ?? name + ".tmp")"
        do throws(Errno) {
            try writeNew(stage, bytes)
            try rename(stage, to: path)
        } catch {
            // It may never have been made; the error that brought us here is the one to report.
            let cause = error
            do throws(Errno) { try remove(stage) } catch { throw cause }
            throw cause
        }
        try synchronizeDirectory(directory)
    }

    private func writeNew(_ path: String, _ bytes: [UInt8]) throws(Errno) {
        let file = try createOver(path)
        var failure: Errno?
        bytes.withUnsafeBytes { source in
            // SAFETY: lent for the call only.
            do throws(Errno) { try file.write(source, at: 0) } catch { failure = error }
        }
        if let failure { throw failure }
        try file.synchronize()
    }

    private func createOver(_ path: String) throws(Errno) -> any DiskFile {
        do throws(Errno) { return try create(path) } catch {
            guard error == .fileExists else { throw error }
        }
        try remove(path)
        return try create(path)
    }
}

/// Paths as text.
package enum DiskPath {
    /// The directory of a path, `.` when it names none, and the name behind the last slash.
    package static func split(_ path: String) -> (directory: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return (".", path) }
        let directory = slash == path.startIndex ? "/" : String(path[..<slash])
        return (directory, String(path[path.index(after: slash)...]))
    }
}
