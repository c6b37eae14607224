// What a relay may keep of what it forwards: the yardstick of brokers that write to a page cache.

package import AeroIO

/// Where a relay's connections keep what they forward.
package struct RelayStorage: Sendable {
    /// The disk.
    package let disk: any Disk
    /// A directory on it that exists.
    package let directory: String
    /// A connection's file starts again from nothing rather than grow beyond this, in bytes.
    package let fileByteCountMax: Int

    // BOUND: of disk and page cache, for each producer's connection.
    private static let fileByteCountMaxDefault = 1 << 30
    /// What the bound may be: at least one read of a connection.
    package static let fileByteCounts = (1 << 20)...(1 << 50)

    /// - Parameters:
    ///   - directory: Exists; nothing is left in it.
    ///   - disk: What it is on.
    ///   - fileByteCountMax: Above 0, at least one read of a connection; nil for 1 GiB.
    package init(
        directory: String, disk: any Disk = SystemDisk(), fileByteCountMax: Int? = nil
    ) {
        self.disk = disk
        self.directory = directory
        self.fileByteCountMax = fileByteCountMax ?? Self.fileByteCountMaxDefault
    }
}

/// The file of one connection: appended to, never read, never synchronized.
///
/// It loses its name as soon as it is made, so that the kernel takes it back however this process
/// ends. One thread owns it.
struct RelayFile {
    private let file: any DiskFile
    private let byteCountMax: Int
    private var byteCount = 0

    /// - Parameter name: What nobody else calls a file there.
    init(_ storage: RelayStorage, name: String) throws(Errno) {
        let path = "\(storage.directory)/\(name)"
        file = try storage.disk.create(path)
        try storage.disk.remove(path)
        byteCountMax = storage.fileByteCountMax
    }

    /// Hands bytes to the kernel.
    mutating func append(_ bytes: UnsafeRawBufferPointer) throws(Errno) {
        if byteCount + bytes.count > byteCountMax {
            try file.truncate(to: 0)
            byteCount = 0
        }
        try file.write(bytes, at: byteCount)
        byteCount += bytes.count
    }
}
