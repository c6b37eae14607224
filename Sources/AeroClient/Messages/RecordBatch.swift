// What an application receives: batches of records, read in place.

import AeroWire

/// Records of one partition that arrived together, in the order of their offsets; some offsets may
/// be missing in a topic that is compacted.
///
/// A sequence of `Record`s. The bytes stay in the memory they arrived in for as long as the batch
/// or a record of it is kept, and count against `ConnectionOptions.maximumMemory` until then: copy
/// what is to be kept for long.
public struct RecordBatch: Sendable, Sequence {
    let chunk: DeliveredChunk
    /// The topic.
    public let topic: String
    /// How many records there are; at least one.
    public let count: Int

    /// - Throws: What is wrong with the bytes.
    init(_ chunk: DeliveredChunk, topic: String) throws(WireError) {
        count = try chunk.validate()
        self.chunk = chunk
        self.topic = topic
    }

    /// The partition, from 0.
    public var partition: Int { chunk.partition }
    /// The offset of the first record, or one in front of it that compaction has left empty.
    public var firstOffset: Int64 { chunk.firstOffset }
    /// The offset of the last record, or one behind it that compaction has left empty.
    public var lastOffset: Int64 { chunk.lastOffset }
    /// The offset that the partition's next record will have, when the batch was sent.
    public var highWatermark: Int64 { chunk.highWatermark }
    /// Same as `count`: the sequence knows its length.
    public var underestimatedCount: Int { count }

    /// Reads the records, first to last.
    public func makeIterator() -> Iterator { Iterator(chunk) }

    /// Steps through the records of a batch.
    public struct Iterator: IteratorProtocol {
        private let chunk: DeliveredChunk
        private var batches: RecordBatchCursor
        private var header: RecordBatchHeader?
        private var records: RecordCursor?

        init(_ chunk: DeliveredChunk) {
            self.chunk = chunk
            batches = RecordBatchCursor(0..<chunk.bytes.count)
        }

        /// The next record, or nil behind the last.
        public mutating func next() -> Record? {
            do throws(WireError) {
                return try step()
            } catch {
                preconditionFailure("records that were checked cannot be read: \(error)")
            }
        }

        private mutating func step() throws(WireError) -> Record? {
            let bytes = chunk.bytes
            while true {
                if let header, let view = try records?.next(in: bytes) {
                    let record = Record(chunk, header, view)
                    // A delivery may start inside a batch: the records in front are known.
                    if record.offset >= chunk.firstOffset { return record }
                    continue
                }
                guard let batch = try batches.next(in: bytes) else { return nil }
                header = batch.header
                records = try RecordCursor(batch.header, at: batch.range.lowerBound)
            }
        }
    }
}

/// One record of a batch.
public struct Record: Sendable {
    private let chunk: DeliveredChunk
    private let view: RecordView
    /// The record's offset in its partition.
    public let offset: Int64
    /// Milliseconds since 1970.
    public let timestampMilliseconds: Int64

    init(_ chunk: DeliveredChunk, _ header: RecordBatchHeader, _ view: RecordView) {
        self.chunk = chunk
        self.view = view
        offset = header.baseOffset + Int64(view.offsetDelta)
        timestampMilliseconds = header.baseTimestamp &+ view.timestampDelta
    }

    /// The topic.
    public var topic: String { chunk.topic }
    /// The partition, from 0.
    public var partition: Int { chunk.partition }

    /// A copy of the key; nil for a record without one.
    public var key: [UInt8]? { view.key.map { Array(chunk.bytes[$0]) } }

    /// A copy of the value; nil for a record without one.
    public var value: [UInt8]? { view.value.map { Array(chunk.bytes[$0]) } }

    /// The value as text, malformed UTF-8 repaired; nil for a record without one.
    public var text: String? { view.value.map { String(decoding: chunk.bytes[$0], as: UTF8.self) } }

    /// How many bytes the value has; 0 also for a record without one.
    public var valueByteCount: Int { view.value?.count ?? 0 }

    /// Lends the value's bytes where they are; nil for a record without one.
    public func withValue<Result, Failure: Error>(
        _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result? {
        guard let value = view.value else { return nil }
        let result = try body(UnsafeRawBufferPointer(rebasing: chunk.bytes[value]).bytes)
        return withExtendedLifetime(chunk) { result }
    }

    /// Copies of the headers.
    public var headers: [MessageHeader] {
        var cursor = RecordHeaderCursor(view)
        var headers: [MessageHeader] = []
        do throws(WireError) {
            while let header = try cursor.next(in: chunk.bytes) {
                headers.append(
                    MessageHeader(
                        String(decoding: chunk.bytes[header.key], as: UTF8.self),
                        header.value.map { Array(chunk.bytes[$0]) }))
            }
        } catch {
            preconditionFailure("headers that were checked cannot be read: \(error)")
        }
        return headers
    }
}
