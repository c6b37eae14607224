// The bytes of one direction of a connection, from a send to the receive.

/// Bytes in the order in which they were sent; each travels for some time and then waits.
///
/// Positions count from the first byte of the stream: `readCount <= arrivedCount <= writtenCount`.
internal struct SimulatedStream {
    /// Bytes that were taken from the sender and not by the receiver, at most.
    let capacity: Int
    private var bytes: [UInt8] = []
    private var head = 0
    private(set) var writtenCount = 0
    private(set) var arrivedCount = 0
    private(set) var readCount = 0
    /// When the last of it arrives: nothing overtakes within a stream.
    var lastArrivalNanoseconds: Int64 = 0
    /// The sender has sent its end; and it has arrived.
    var isEnded = false
    var hasEndArrived = false
    /// Nothing arrives before this.
    var stalledUntilNanoseconds: Int64 = 0
    /// Nothing arrives ever again.
    var isSilenced = false

    init(capacity: Int) { self.capacity = capacity }

    /// Bytes that a send may add now.
    var freeCount: Int { capacity - (writtenCount - readCount) }

    /// Bytes that a receive may take now.
    var readableCount: Int { arrivedCount - readCount }

    /// Takes bytes from the sender.
    mutating func write(_ source: UnsafeRawBufferPointer) {
        bytes.append(contentsOf: source)
        writtenCount += source.count
    }

    /// Bytes up to this position have arrived.
    mutating func arrive(through position: Int) {
        arrivedCount = max(arrivedCount, min(position, writtenCount))
    }

    /// Gives bytes that have arrived to the receiver.
    mutating func read(into memory: UnsafeMutableRawBufferPointer) {
        precondition(memory.count <= readableCount, "more than has arrived")
        bytes.withUnsafeBytes { source in
            memory.copyMemory(
                from: UnsafeRawBufferPointer(rebasing: source[head..<head + memory.count]))
        }
        discard(memory.count)
    }

    /// Loses what has not arrived yet.
    mutating func dropUnarrived() {
        bytes.removeLast(writtenCount - arrivedCount)
        writtenCount = arrivedCount
    }

    /// Loses everything.
    mutating func dropAll() {
        bytes.removeAll()
        head = 0
        readCount = writtenCount
        arrivedCount = writtenCount
    }

    private mutating func discard(_ count: Int) {
        head += count
        readCount += count
        guard head == bytes.count || head >= 65_536 else { return }
        bytes.removeFirst(head)
        head = 0
    }
}
