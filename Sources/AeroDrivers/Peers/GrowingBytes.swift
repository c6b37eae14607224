// Memory that bytes are written to one behind the other.

/// Bytes that were written since the last `removeAll`, in memory that grows and is kept: after a
/// while nothing is allocated any more.
struct GrowingBytes: ~Copyable {
    private var memory: UnsafeMutableRawPointer
    // BOUND: by what its owner writes between two calls of `removeAll`.
    private var capacity: Int
    /// Bytes written.
    private(set) var byteCount = 0

    /// - Parameter capacity: Bytes to begin with.
    init(capacity: Int) {
        self.capacity = capacity
        memory = .allocate(byteCount: capacity, alignment: 16)
    }

    deinit { memory.deallocate() }

    /// All of them; valid until the next change.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: memory, count: byteCount) }

    /// Some of them; valid until the next change.
    func bytes(at position: Int, count: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: memory + position, count: count)
    }

    /// Adds bytes that are still to be written.
    ///
    /// - Returns: Where to write them, before the next change.
    mutating func extend(by count: Int) -> UnsafeMutableRawPointer {
        if byteCount + count > capacity {
            capacity = max(capacity * 2, byteCount + count)
            let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
            larger.copyMemory(from: memory, byteCount: byteCount)
            memory.deallocate()
            memory = larger
        }
        let room = memory + byteCount
        byteCount += count
        return room
    }

    /// Adds a copy of bytes.
    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress else { return }
        extend(by: bytes.count).copyMemory(from: source, byteCount: bytes.count)
    }

    /// Forgets what was written.
    mutating func removeAll() { byteCount = 0 }
}
