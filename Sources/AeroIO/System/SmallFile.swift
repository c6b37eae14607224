// Reading small files whole, such as those under /proc.

import Glibc

/// Files of the kernel that are read in one go.
enum SmallFile {
    /// BOUND: more of a file than this isn't read.
    private static let byteCountLimit = 1 << 20
    private static let chunkByteCount = 16 * 1024

    /// The bytes of a file.
    /// - Throws: `Errno` of open(2) or read(2).
    static func read(_ path: String) throws(Errno) -> [UInt8] {
        let file = try Syscall.open(path, flags: O_RDONLY)
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: chunkByteCount)
        while bytes.count < byteCountLimit {
            // SAFETY: lent for the call only.
            switch chunk.withUnsafeMutableBytes({ Syscall.read(file.rawValue, into: $0) }) {
            case .moved(0): return bytes
            case .moved(let count): bytes += chunk[..<count]
            case .wouldBlock: throw .wouldBlock
            case .failed(let error): throw error
            }
        }
        return bytes
    }

    /// The text of a file, or nil where it can't be read.
    static func readText(_ path: String) -> String? {
        do { return String(decoding: try read(path), as: UTF8.self) } catch { return nil }
    }

    /// The names in a directory.
    /// - Throws: `Errno` of opendir(3).
    static func names(in path: String) throws(Errno) -> [String] {
        try Syscall.entries(of: path).map(\.name)
    }
}
