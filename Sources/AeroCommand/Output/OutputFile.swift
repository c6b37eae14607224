// Writing a file that the user named.

import AeroIO
import Glibc

enum OutputFile {
    /// Writes a file whole or not at all; a device or pipe is written to as it is.
    ///
    /// - Throws: `.failed` with the path and what to do.
    static func write(_ bytes: [UInt8], to path: String) throws(CommandError) {
        do throws(Errno) {
            if isSpecial(path) {
                // Renaming a file over a device would replace the device.
                try writeThrough(bytes, to: path)
            } else {
                try AtomicFile.write(path, bytes)
            }
        } catch {
            throw .failed("cannot write \(path): \(explanation(error))")
        }
    }

    /// Says before a long run that its result could not be written.
    ///
    /// - Throws: `.failed` when the path is a folder, or the one around it is missing or closed.
    static func check(_ path: String) throws(CommandError) {
        var folder = "."
        if let slash = path.lastIndex(of: "/") {
            folder = slash == path.startIndex ? "/" : String(path[..<slash])
        }
        if isFolder(path) { throw .failed("cannot write \(path): it is a folder; name a file") }
        guard isFolder(folder) else {
            throw .failed("cannot write \(path): there is no folder \(folder); make it first")
        }
        // A device is written to as it is, a file by renaming another one over it.
        guard access(isSpecial(path) ? path : folder, W_OK) == 0 else {
            throw .failed("cannot write \(path): \(explanation(Errno(rawValue: errno)))")
        }
    }

    private static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Makes a folder if it is not there.
    static func makeFolder(_ path: String) throws(CommandError) {
        guard mkdir(path, 0o777) != 0, errno != EEXIST else { return }
        let error = Errno(rawValue: errno)
        throw .failed("cannot make the folder \(path): \(error); name another file with --out")
    }

    private static func explanation(_ error: Errno) -> String {
        switch error {
        case .noSpace: "the disk is full; make room, or name another file with --out"
        case .noSuchFile: "there is no such folder; make it first"
        case .accessDenied, .permissionDenied: "you may not; name another file with --out"
        default: "\(error)"
        }
    }

    private static func isSpecial(_ path: String) -> Bool {
        var status = stat()
        guard stat(path, &status) == 0 else { return false }
        let kind = status.st_mode & S_IFMT
        return kind != S_IFREG && kind != S_IFDIR
    }

    private static func writeThrough(_ bytes: [UInt8], to path: String) throws(Errno) {
        let descriptor = open(path, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Errno(rawValue: errno) }
        let file = FileDescriptor(owning: descriptor)
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes {
                Glibc.write(file.rawValue, $0.baseAddress, $0.count)
            }
            if count >= 0 {
                written += count
            } else if errno != EINTR {
                throw Errno(rawValue: errno)
            }
        }
    }
}
