// A file system of its own, small enough to be filled up.

import AeroIO
import Glibc

/// A real file system of a bounded size, mounted for one round. Only root can have one.
struct Volume {
    /// What it is made of.
    enum Kind: String, Sendable {
        /// ext4 in a file, on a loop device.
        case ext4
        /// Memory.
        case tmpfs
    }

    /// Why there is none: this machine does not allow it, which is no fault of the broker's.
    struct Unavailable: Error, CustomStringConvertible {
        let description: String
    }

    let path: String
    private let image: String
    private let disk = SystemDisk()
    private static let byteCount = 48 << 20

    private var ballast: String { path + "/ballast" }

    /// Makes it and mounts it.
    ///
    /// - Parameters:
    ///   - path: An empty directory; a file beside it keeps the bytes of a loop device.
    /// - Throws: `Unavailable`, and `Errno` of everything else.
    init(_ kind: Kind, at path: String) throws {
        self.path = path
        image = path + ".image"
        guard getuid() == 0 else {
            throw Unavailable(description: "only root can mount a file system to fill up")
        }
        switch kind {
        case .tmpfs:
            try Self.run("mount", ["-t", "tmpfs", "-o", "size=\(Self.byteCount)", "tmpfs", path])
        case .ext4:
            let file = try disk.create(image)
            try file.truncate(to: Self.byteCount)
            try Self.run("mkfs.ext4", ["-q", "-m", "0", image])
            try Self.run("mount", ["-o", "loop", image, path])
        }
    }

    /// Unmounts it and removes what it was made of.
    func remove() throws {
        try Self.run("umount", [path])
        do throws(Errno) { try disk.remove(image) } catch .noSuchFile { return }
    }

    /// Takes all the room that is left.
    func fill() throws(Errno) {
        let file = try disk.create(ballast)
        var position = 0
        // Large steps first, then what is left of the last one.
        for chunkByteCount in [1 << 20, 64 << 10, 4 << 10, 512] {
            let chunk = [UInt8](repeating: 0x55, count: chunkByteCount)
            var isFull = false
            // BOUND: the size of the file system.
            while !isFull {
                var failure: Errno?
                chunk.withUnsafeBytes { bytes in
                    // SAFETY: lent for the call only.
                    do throws(Errno) { try file.write(bytes, at: position) } catch {
                        failure = error
                    }
                }
                switch failure {
                case nil: position += chunkByteCount
                case .noSpace?:
                    position = try file.byteCount()
                    isFull = true
                case let error?: throw error
                }
            }
        }
    }

    /// Gives the room back.
    func empty() throws(Errno) { try disk.remove(ballast) }

    private static func run(_ name: String, _ arguments: [String]) throws {
        for folder in ["/usr/bin", "/bin", "/usr/sbin", "/sbin"]
        where access("\(folder)/\(name)", X_OK) == 0 {
            let end = try ProgramRun("\(folder)/\(name)", arguments)
            guard end.status == .exited(code: 0) else {
                throw Unavailable(description: "\(name): \(end.transcript)")
            }
            return
        }
        throw Unavailable(description: "there is no \(name)")
    }
}
