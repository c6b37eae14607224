// An open file of a simulated disk.

import AeroIO

/// A file by the number of its node: renaming and removing it changes nothing for who has it open.
final class SimulatedDiskFile: DiskFile {
    private let disk: SimulatedDisk
    private let node: Int
    private let path: String

    init(disk: SimulatedDisk, node: Int, path: String) {
        self.disk = disk
        self.node = node
        self.path = path
    }

    deinit { disk.close(node) }

    var descriptor: Int32? { nil }

    func byteCount() throws(Errno) -> Int {
        try disk.perform(.byteCount, path) { image in image.files[node]?.bytes.count ?? 0 }
    }

    func write(_ bytes: UnsafeRawBufferPointer, at position: Int) throws(Errno) {
        precondition(position >= 0, "a file begins at 0")
        try disk.write(Array(bytes), at: position, to: node, path)
    }

    func read(into memory: UnsafeMutableRawBufferPointer, at position: Int) throws(Errno) -> Int {
        precondition(position >= 0, "a file begins at 0")
        let bytes = try disk.perform(.read, path, byteCount: memory.count) { image in
            image.files[node]?.bytes.dropFirst(position).prefix(memory.count) ?? []
        }
        memory.copyBytes(from: bytes)
        return bytes.count
    }

    func truncate(to byteCount: Int) throws(Errno) {
        guard byteCount >= 0 else { throw .invalidArgument }
        try disk.perform(.truncate, path, byteCount: byteCount) { image in
            image.truncate(node, to: byteCount)
        }
    }

    func synchronize() throws(Errno) {
        try disk.perform(
            .synchronize, path, onFault: { image, _ in image.loseContent(of: node) }
        ) { image in
            image.synchronize(node)
        }
    }

    func willRead(_ range: Range<Int>) {}
}
