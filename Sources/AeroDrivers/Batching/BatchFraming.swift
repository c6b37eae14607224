// How the messages of a batch lie in memory, for each protocol that sends batches as they are.

import AeroLoad
import AeroWire

/// The key of a message: the last bytes of a number, big-endian.
struct BatchKey {
    let value: UInt64
    let byteCount: Int

    // BOUND: of all keys.
    static let byteCountMax = MemoryLayout<UInt64>.size

    /// A key that the engine has drawn.
    init(drawn value: UInt64) { (self.value, byteCount) = (value, KeyHash.byteCount) }

    /// The key that stands for a topic-partition.
    init(destination: Int) {
        (value, byteCount) = (UInt64(destination), MemoryLayout<UInt32>.size)
    }
}

/// Writes messages into the memory of one batch.
protocol BatchFraming {
    /// Most bytes that a batch of `messageCount` messages takes.
    static func byteCountBound(messageCount: Int, messageByteCount: Int) -> Int

    /// Begins an empty batch in `room`.
    init(into room: UnsafeMutableRawBufferPointer)

    /// Makes room for one message value; nil when it does not fit.
    mutating func reserve(key: BatchKey?, byteCount: Int) -> UnsafeMutableRawPointer?

    /// Completes the batch; may be called again when nothing was added.
    ///
    /// - Returns: Bytes of the frame, from the start of `room`.
    func finish(timestampMilliseconds: Int64) -> Int
}

/// A record batch v2 behind room for the prefix of a SEND frame.
struct RecordBatchFraming: BatchFraming {
    private var builder: RecordBatchBuilder

    static func byteCountBound(messageCount: Int, messageByteCount: Int) -> Int {
        let record = RecordBatchBuilder.recordByteCountBound(
            keyByteCount: BatchKey.byteCountMax, valueByteCount: messageByteCount)
        return SendRequest.prefixByteCount + WireLimits.batchHeaderByteCount
            + messageCount * record
    }

    init(into room: UnsafeMutableRawBufferPointer) {
        builder = RecordBatchBuilder(into: room, at: SendRequest.prefixByteCount)
    }

    mutating func reserve(key: BatchKey?, byteCount: Int) -> UnsafeMutableRawPointer? {
        guard let key else { return builder.reserveRecord(valueByteCount: byteCount) }
        return withUnsafeBytes(of: key.value.bigEndian) { bytes in
            let last = UnsafeRawBufferPointer(rebasing: bytes.suffix(key.byteCount))
            return builder.reserveRecord(key: last, valueByteCount: byteCount)
        }
    }

    func finish(timestampMilliseconds: Int64) -> Int {
        let batch = builder.finish(RecordBatchProperties(baseTimestamp: timestampMilliseconds))
        return SendRequest.prefixByteCount + batch
    }
}

/// A frame header, then each message as its length (u32, big-endian) and its bytes.
struct PlainFraming: BatchFraming {
    private let room: UnsafeMutableRawBufferPointer
    private var position = WireLimits.frameHeaderByteCount

    /// Bytes in front of each message.
    static let lengthByteCount = 4

    static func byteCountBound(messageCount: Int, messageByteCount: Int) -> Int {
        WireLimits.frameHeaderByteCount + messageCount * (lengthByteCount + messageByteCount)
    }

    init(into room: UnsafeMutableRawBufferPointer) { self.room = room }

    mutating func reserve(key: BatchKey?, byteCount: Int) -> UnsafeMutableRawPointer? {
        guard let base = room.baseAddress,
            position + Self.lengthByteCount + byteCount <= room.count
        else { return nil }
        room.storeBytes(of: UInt32(byteCount).bigEndian, toByteOffset: position, as: UInt32.self)
        let value = base + position + Self.lengthByteCount
        position += Self.lengthByteCount + byteCount
        return value
    }

    func finish(timestampMilliseconds: Int64) -> Int { position }
}
