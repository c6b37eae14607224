// Reading a file that the user named.

import AeroIO
import Glibc

enum InputFile {
    // BOUND: a result of 100,000 intervals with many classes stays below it.
    private static let byteCountMax = 1 << 30

    /// The whole file.
    ///
    /// - Throws: `Errno` of open(2) or read(2), or `.fileTooLarge`.
    static func read(_ path: String) throws(Errno) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Errno(rawValue: errno) }
        let file = FileDescriptor(owning: descriptor)
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 256 * 1024)
        while true {
            let count = Glibc.read(file.rawValue, &chunk, chunk.count)
            if count == 0 { return bytes }
            if count < 0 {
                if errno == EINTR { continue }
                throw Errno(rawValue: errno)
            }
            guard bytes.count + count <= byteCountMax else { throw .fileTooLarge }
            bytes += chunk[..<count]
        }
    }

    /// Whether there is anything of that name.
    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Names in a folder, sorted; empty when it cannot be read.
    static func names(in folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            names.append(name)
        }
        return names.sorted()
    }
}
