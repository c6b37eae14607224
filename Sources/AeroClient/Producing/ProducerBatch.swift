// A batch being filled, waiting, or on its way.

package import AeroMemory
import AeroWire

/// One batch for one partition, built in the memory it is sent from.
///
/// `prefixByteCount` bytes in front are left for the frame's prefix, so that a closed batch goes
/// out without a byte of it having moved.
package final class ProducerBatch {
    /// A message of the batch: who hears of it, and its timestamp.
    struct Entry {
        let sink: DeliverySink
        let timestampMilliseconds: Int64
    }

    let partition: Int
    /// Rises with every batch of the producer.
    package let sequence: UInt64
    /// When the first message was put in.
    let openedNanoseconds: Int64
    /// When its messages are given up: the deadline of the oldest.
    let deadlineNanoseconds: Int64
    let baseTimestampMilliseconds: Int64
    /// Bytes of pooled memory that it holds.
    let capacity: Int
    private(set) var entries: [Entry] = []
    private(set) var waitsForOutcome = false
    /// How often it was sent without its fate being known, and how often it was refused.
    var sentCount = 0
    var refusedCount = 0
    /// Not to be sent again before this.
    var notBeforeNanoseconds: Int64 = 0
    /// Bytes of the whole frame, once closed.
    private(set) var frameByteCount = 0
    private let memory: SharedBuffer
    private var builder: RecordBatchBuilder

    init(
        memory: SharedBuffer, byteCountMax: Int, partition: Int, sequence: UInt64,
        nowNanoseconds: Int64, deadlineNanoseconds: Int64, timestampMilliseconds: Int64
    ) {
        self.partition = partition
        self.sequence = sequence
        self.deadlineNanoseconds = deadlineNanoseconds
        self.memory = memory
        capacity = memory.capacity
        openedNanoseconds = nowNanoseconds
        baseTimestampMilliseconds = timestampMilliseconds
        builder = RecordBatchBuilder(
            into: UnsafeMutableRawBufferPointer(
                start: memory.baseAddress, count: min(byteCountMax, memory.capacity)),
            at: SendRequest.prefixByteCount)
    }

    /// An upper bound on the frame of a batch of one message without headers.
    static func frameByteCountBound(_ messageByteCount: Int) -> Int {
        SendRequest.prefixByteCount + WireLimits.batchHeaderByteCount
            + RecordBatchBuilder.recordByteCountBound(
                keyByteCount: 0, valueByteCount: messageByteCount)
    }

    /// An upper bound on the frame of a batch of this message alone.
    static func frameByteCountBound(_ message: Message) -> Int {
        frameByteCountBound(message.byteCount) + 5 + message.headers.count * 10
    }

    /// How many messages are in it.
    package var messageCount: Int { entries.count }

    /// Bytes of the frame so far.
    var openByteCount: Int { SendRequest.prefixByteCount + builder.byteCount }

    /// Appends a message, or answers false when it does not fit: the batch is as it was.
    func append(_ outgoing: OutgoingMessage) -> Bool {
        let message = outgoing.message
        let timestamp = message.timestampMilliseconds ?? baseTimestampMilliseconds
        let delta = timestamp &- baseTimestampMilliseconds
        let isWritten = Self.withBytes(message.key) { key in
            Self.withBytes(message.value) { value in
                guard !message.headers.isEmpty else {
                    return builder.append(timestampDelta: delta, key: key, value: value)
                }
                return Self.withHeaders(message.headers) { headers in
                    builder.append(
                        timestampDelta: delta, key: key, value: value, headers: headers)
                }
            }
        }
        guard isWritten else { return false }
        if case .nobody = outgoing.sink {} else { waitsForOutcome = true }
        entries.append(Entry(sink: outgoing.sink, timestampMilliseconds: timestamp))
        return true
    }

    /// Writes the batch's header and checksum; nothing is appended after this.
    func close() {
        let byteCount = builder.finish(
            RecordBatchProperties(baseTimestamp: baseTimestampMilliseconds))
        frameByteCount = SendRequest.prefixByteCount + byteCount
        _ = memory.claim(frameByteCount)
    }

    /// Compresses a closed batch where it stands, when that makes it smaller.
    func compress(
        by compression: BatchCompression, _ compressor: BatchCompressor, _ pool: BufferPool
    ) {
        let batch = UnsafeMutableRawBufferPointer(
            start: memory.baseAddress + SendRequest.prefixByteCount,
            count: frameByteCount - SendRequest.prefixByteCount)
        let byteCount = compressor.compressInPlace(batch, by: compression, pool: pool)
        memory.unclaim(batch.count - byteCount)
        frameByteCount = SendRequest.prefixByteCount + byteCount
    }

    /// The whole frame, prefix included; closed batches only.
    package var frame: SharedSlice {
        precondition(frameByteCount > 0, "only a closed batch is sent")
        return SharedSlice(owner: memory, position: 0, byteCount: frameByteCount)
    }

    /// The request that sends it.
    func request(
        topicId: UInt32, acks: RequiredAcks, timeoutMilliseconds: UInt32
    ) -> SendRequest {
        SendRequest(
            topicId: topicId, partition: UInt32(partition), acks: acks,
            timeoutMilliseconds: timeoutMilliseconds,
            batch: SendRequest.prefixByteCount..<frameByteCount)
    }

    private static func withBytes<R>(
        _ bytes: [UInt8]?, _ body: (UnsafeRawBufferPointer?) -> R
    ) -> R {
        guard let bytes else { return body(nil) }
        return bytes.withUnsafeBytes { body($0) }
    }

    /// Lends the headers as the builder wants them, from one copy of all their bytes.
    private static func withHeaders<R>(
        _ headers: [MessageHeader], _ body: (UnsafeBufferPointer<RecordHeaderBytes>) -> R
    ) -> R {
        var bytes: [UInt8] = []
        var spans: [(name: Range<Int>, value: Range<Int>?)] = []
        for header in headers {
            let start = bytes.count
            bytes.append(contentsOf: header.name.utf8)
            let end = bytes.count
            if let value = header.value { bytes.append(contentsOf: value) }
            spans.append((start..<end, header.value.map { end..<end + $0.count }))
        }
        return bytes.withUnsafeBytes { raw in
            let views = spans.map { span in
                RecordHeaderBytes(
                    key: UnsafeRawBufferPointer(rebasing: raw[span.name]),
                    value: span.value.map { UnsafeRawBufferPointer(rebasing: raw[$0]) })
            }
            return views.withUnsafeBufferPointer(body)
        }
    }
}
