// Reading an ordinary file whole, for whoever may not call the system.

import Glibc

package enum WholeFile {
    private static let chunkByteCount = 256 * 1024

    /// The bytes of a file.
    ///
    /// - Parameter byteCountMax: More than that is refused.
    /// - Throws: `Errno` of open(2) or read(2), or `.fileTooLarge`.
    package static func read(_ path: String, byteCountMax: Int) throws(Errno) -> [UInt8] {
        let file = try Syscall.open(path, flags: O_RDONLY)
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: chunkByteCount)
        // BOUND: each round reads at least one byte of at most `byteCountMax`, or is the last.
        while true {
            // SAFETY: lent for the call only.
            switch chunk.withUnsafeMutableBytes({ Syscall.read(file.rawValue, into: $0) }) {
            case .moved(0): return bytes
            case .moved(let count): bytes += chunk[..<count]
            case .wouldBlock: throw .wouldBlock
            case .failed(let error): throw error
            }
            guard bytes.count <= byteCountMax else { throw .fileTooLarge }
        }
    }
}
