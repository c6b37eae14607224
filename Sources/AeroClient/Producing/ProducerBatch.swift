// A batch being filled, waiting, or on its way.

package import AeroMemory
package import AeroWire

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

    package let partition: Int
    /// Rises with every batch of the producer.
    package let number: UInt64
    /// When the first message was put in.
    let openedNanoseconds: Int64
    /// When its messages are given up: the deadline of the oldest.
    let deadlineNanoseconds: Int64
    let baseTimestampMilliseconds: Int64
    /// Bytes of pooled memory that it holds.
    let capacity: Int
    private(set) var entries: [Entry] = []
    private(set) var waitsForOutcome = false
    /// How often it was sent, and how often it is known that this did not store it.
    private(set) var sentCount = 0
    private(set) var knownLostCount = 0
    /// How often it was refused for a reason of its own.
    var refusedCount = 0
    /// Under whose name and number its partition knows it; nil before it is sealed, and for a
    /// batch without either.
    package private(set) var identity: ProducerIdentity?
    package private(set) var baseSequence: Int32 = -1
    /// Its place among the batches of its partition that were sealed under the identity.
    private(set) var ordinal = -1
    private var hasHeader = false
    private(set) var isSealed = false
    private var wasSealed = false
    /// When it was sent last.
    var sentNanoseconds: Int64 = 0
    /// Not to be sent again before this.
    var notBeforeNanoseconds: Int64 = 0
    /// Bytes of the whole frame, once closed.
    private(set) var frameByteCount = 0
    private var memory: SharedBuffer
    private var builder: RecordBatchBuilder

    init(
        memory: SharedBuffer, byteCountMax: Int, partition: Int, number: UInt64,
        nowNanoseconds: Int64, deadlineNanoseconds: Int64, timestampMilliseconds: Int64
    ) {
        self.partition = partition
        self.number = number
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

    /// Nothing is appended after this.
    func close() {
        frameByteCount = openByteCount
        _ = memory.claim(frameByteCount)
    }

    /// Compresses a closed batch where it stands, when that makes it smaller.
    func compress(
        by compression: BatchCompression, _ compressor: BatchCompressor, _ pool: BufferPool
    ) {
        writeHeader(RecordBatchProperties(baseTimestamp: baseTimestampMilliseconds))
        let batch = batchBytes
        let byteCount = compressor.compressInPlace(batch, by: compression, pool: pool)
        memory.unclaim(batch.count - byteCount)
        frameByteCount = SendRequest.prefixByteCount + byteCount
    }

    // MARK: - Its place in the partition

    /// True when the batch has a sequence number.
    var isSequenced: Bool { identity != nil }

    /// True when an attempt may have stored it without anybody having said so.
    var isInDoubt: Bool { sentCount > knownLostCount }

    /// True when a copy of it may still wait to leave.
    var isRepeated: Bool { sentCount > 0 }

    /// True when its header may be written: an earlier copy of it does not wait to leave.
    var mayBeSealed: Bool { !wasSealed || isKnownUniquelyReferenced(&memory) }

    /// Completes a batch without a place in a sequence.
    func seal() {
        precondition(!isSealed, "a batch is sealed once")
        if !hasHeader {
            writeHeader(RecordBatchProperties(baseTimestamp: baseTimestampMilliseconds))
        }
        isSealed = true
    }

    /// Completes a batch with a place in the partition's sequence.
    func seal(_ identity: ProducerIdentity, baseSequence: Int32, ordinal: Int) {
        precondition(!isSealed, "a batch is sealed once")
        self.identity = identity
        self.baseSequence = baseSequence
        self.ordinal = ordinal
        if hasHeader {
            RecordBatchHeader.setProducer(identity, baseSequence: baseSequence, in: batchBytes)
        } else {
            var properties = RecordBatchProperties(baseTimestamp: baseTimestampMilliseconds)
            properties.producerId = identity.producerId
            properties.producerEpoch = identity.epoch
            properties.baseSequence = baseSequence
            writeHeader(properties)
        }
        isSealed = true
        wasSealed = true
    }

    private func writeHeader(_ properties: RecordBatchProperties) {
        let byteCount = builder.finish(properties)
        precondition(SendRequest.prefixByteCount + byteCount == frameByteCount, "sizes agree")
        hasHeader = true
    }

    /// The batch behind the room for the prefix.
    private var batchBytes: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(
            start: memory.baseAddress + SendRequest.prefixByteCount,
            count: frameByteCount - SendRequest.prefixByteCount)
    }

    /// Takes its place away: it was not stored there, and will not be.
    func unseal() {
        precondition(isSequenced, "a batch without a place cannot lose it")
        identity = nil
        isSealed = false
        knownLostCount = sentCount
    }

    /// It is on its way.
    func noteSent() { sentCount += 1 }

    /// An attempt has certainly not stored it.
    func noteKnownLost() { knownLostCount += 1 }

    /// The whole frame, prefix included; sealed batches only.
    package var frame: SharedSlice {
        precondition(isSealed, "only a sealed batch is sent")
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
