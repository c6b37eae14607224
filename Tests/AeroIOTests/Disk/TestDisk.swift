// The disks that the conformance suite runs over.

import AeroIO
import FaultSupport
import Glibc
import Synchronization

/// A kind of disk, and how a test gets one of its own.
enum TestDisk: String, CaseIterable, Sendable {
    case system, simulated, delayed

    private static let serial = Atomic<Int>(0)

    /// Calls `body` with a disk and an empty directory on it, which is removed afterwards.
    func use(_ body: (any Disk, String) throws -> Void) throws {
        switch self {
        case .system, .delayed:
            let serial = Self.serial.add(1, ordering: .relaxed).newValue
            let disk: any Disk = self == .system ? SystemDisk() : DelayedDisk(SystemDisk())
            let root = "/tmp/aeroio-disk-\(getpid())-\(serial)"
            try disk.createDirectory(root)
            do { try body(disk, root) } catch {
                try disk.removeTree(root)
                throw error
            }
            try disk.removeTree(root)
        case .simulated:
            let disk = SimulatedDisk()
            try disk.createDirectory("/data")
            try body(disk, "/data")
        }
    }
}

extension Disk {
    /// Removes a directory and what is in it.
    func removeTree(_ path: String) throws(Errno) {
        for entry in try entries(of: path) {
            let inside = "\(path)/\(entry.name)"
            if entry.kind == .directory { try removeTree(inside) } else { try remove(inside) }
        }
        try removeDirectory(path)
    }

    /// The names in a directory, in order.
    func names(in path: String) throws(Errno) -> [String] {
        try entries(of: path).map(\.name).sorted()
    }
}

extension DiskFile {
    func write(_ bytes: [UInt8], at position: Int) throws(Errno) {
        var failure: Errno?
        bytes.withUnsafeBytes { source in
            do throws(Errno) { try write(source, at: position) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    func write(_ text: String, at position: Int) throws(Errno) {
        try write(Array(text.utf8), at: position)
    }

    func read(_ count: Int, at position: Int) throws(Errno) -> [UInt8] {
        var failure: Errno?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { memory, filled in
            do throws(Errno) {
                filled = try read(into: UnsafeMutableRawBufferPointer(memory), at: position)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }

    func text() throws(Errno) -> String {
        String(decoding: try read(1 << 16, at: 0), as: UTF8.self)
    }
}
