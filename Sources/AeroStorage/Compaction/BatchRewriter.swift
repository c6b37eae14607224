// A batch taken apart, and put together again without some of its records.

import AeroWire

/// A whole batch, borrowed from whoever made it.
internal struct StoredBatch {
    let header: RecordBatchHeader
    /// Exactly the batch.
    let bytes: UnsafeRawBufferPointer
}

/// Opens batches, compressed ones too, and writes them anew.
///
/// Its memory is used again for every batch; what it returns is valid until the next call.
internal struct BatchRewriter: ~Copyable {
    /// The records of the batch that was opened last, as ranges of its bytes.
    private(set) var records: [RecordView] = []
    /// Which of them `rewrite` keeps.
    var isKept: [Bool] = []

    private let decompressor = BatchDecompressor()
    private let compressor = BatchCompressor()
    private var opened = ScratchMemory()
    private var rewritten = ScratchMemory()
    private var compressed = ScratchMemory()
    private var compression = CompressionCodec.none

    /// Reads all records of a batch.
    ///
    /// - Returns: The batch without compression; nil when it is not to be taken apart: a batch of a
    ///   transaction, or one whose records cannot be read.
    mutating func open(_ batch: StoredBatch) -> StoredBatch? {
        records.removeAll(keepingCapacity: true)
        guard !batch.header.attributes.isTransactional, !batch.header.attributes.isControl,
            let codec = batch.header.attributes.codec
        else { return nil }
        compression = codec
        do throws(WireError) {
            let plain = codec == .none ? batch : try decompress(batch)
            var cursor = try RecordCursor(plain.header)
            while let record = try cursor.next(in: plain.bytes) { records.append(record) }
            isKept = [Bool](repeating: true, count: records.count)
            return plain
        } catch {
            // A producer wrote what nobody can read; that is between it and its consumers.
            records.removeAll(keepingCapacity: true)
            return nil
        }
    }

    private mutating func decompress(_ batch: StoredBatch) throws(WireError) -> StoredBatch {
        let byteCount = try BatchDecompressor.byteCountBound(
            of: batch.header, at: 0, in: batch.bytes, limit: WireLimits.frameByteCountMaxCeiling)
        let memory = opened.take(byteCount)
        let count = try decompressor.decompress(batch.header, at: 0, in: batch.bytes, into: memory)
        let bytes = UnsafeRawBufferPointer(rebasing: memory[..<count])
        return StoredBatch(
            header: try RecordBatchHeader.decode(in: bytes, range: 0..<count), bytes: bytes)
    }

    /// Writes the kept records of the batch that was opened last.
    ///
    /// - Parameters:
    ///   - plain: What `open` returned.
    ///   - horizon: Until when records without a value stay, in milliseconds since 1970; it takes
    ///     the base timestamp's place. Nil leaves that as it is.
    mutating func rewrite(_ plain: StoredBatch, horizon: Int64?) -> StoredBatch {
        // Timestamps relative to a horizon may take up to nine bytes more.
        let memory = rewritten.take(plain.bytes.count + records.count * 10)
        guard let start = memory.baseAddress else { preconditionFailure("a batch takes memory") }
        var header = plain.header
        header.recordCount = 0
        var maxTimestamp = Int64.min
        var position = WireLimits.batchHeaderByteCount
        for (index, record) in records.enumerated() where isKept[index] {
            var record = record
            maxTimestamp = max(
                maxTimestamp, plain.header.baseTimestamp &+ record.timestampDelta)
            if let horizon {
                record.timestampDelta =
                    plain.header.baseTimestamp &+ record.timestampDelta &- horizon
            }
            record.write(from: plain.bytes, to: start, at: &position)
            header.recordCount += 1
        }
        if header.recordCount > 0 { header.maxTimestamp = maxTimestamp }
        if let horizon {
            header.baseTimestamp = horizon
            header.attributes = header.attributes.withDeletionHorizon
        }
        header.byteCount = position
        header.seal(into: memory)
        let batch = UnsafeRawBufferPointer(rebasing: memory[..<position])
        if compression != .none, header.recordCount > 0,
            let smaller = compress(batch)
        {
            return smaller
        }
        return StoredBatch(header: header, bytes: batch)
    }

    /// The same batch by the codec that it came with, when that is smaller.
    private mutating func compress(_ batch: UnsafeRawBufferPointer) -> StoredBatch? {
        let memory = compressed.take(
            BatchCompressor.byteCountBound(batch.count, by: compression))
        guard
            let count = compressor.compress(
                batch, into: memory, by: BatchCompression(compression))
        else { return nil }
        let bytes = UnsafeRawBufferPointer(rebasing: memory[..<count])
        do throws(WireError) {
            return StoredBatch(
                header: try RecordBatchHeader.decode(in: bytes, range: 0..<count), bytes: bytes)
        } catch {
            preconditionFailure("a compressed batch has a header: \(error)")
        }
    }
}

/// Memory that grows to what was needed most.
private struct ScratchMemory: ~Copyable {
    private var memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)

    deinit { memory.deallocate() }

    /// Memory of at least this size; what was there before is gone.
    mutating func take(_ byteCount: Int) -> UnsafeMutableRawBufferPointer {
        if memory.count < byteCount {
            memory.deallocate()
            memory = .allocate(byteCount: byteCount, alignment: 64)
        }
        return memory
    }
}

extension RecordView {
    /// Writes the record as it is, with its deltas.
    ///
    /// - Parameters:
    ///   - bytes: What its ranges are of.
    ///   - memory: Room for the record.
    fileprivate func write(
        from bytes: UnsafeRawBufferPointer, to memory: UnsafeMutableRawPointer,
        at position: inout Int
    ) {
        let keyByteCount = key?.count ?? -1
        let valueByteCount = value?.count ?? -1
        let bodyByteCount =
            1 + Varint.byteCount(timestampDelta) + Varint.byteCount(Int64(offsetDelta))
            + Varint.byteCount(Int64(keyByteCount)) + max(keyByteCount, 0)
            + Varint.byteCount(Int64(valueByteCount)) + max(valueByteCount, 0)
            + Varint.byteCount(Int64(headerCount)) + headers.count
        Varint.write(Int64(bodyByteCount), to: memory, at: &position)
        memory.storeBytes(of: 0, toByteOffset: position, as: UInt8.self)
        position += 1
        Varint.write(timestampDelta, to: memory, at: &position)
        Varint.write(Int64(offsetDelta), to: memory, at: &position)
        Varint.write(Int64(keyByteCount), to: memory, at: &position)
        if let key { copy(bytes[key], to: memory, at: &position) }
        Varint.write(Int64(valueByteCount), to: memory, at: &position)
        if let value { copy(bytes[value], to: memory, at: &position) }
        Varint.write(Int64(headerCount), to: memory, at: &position)
        copy(bytes[headers], to: memory, at: &position)
    }

    private func copy(
        _ bytes: Slice<UnsafeRawBufferPointer>, to memory: UnsafeMutableRawPointer,
        at position: inout Int
    ) {
        let source = UnsafeRawBufferPointer(rebasing: bytes)
        if let address = source.baseAddress {
            (memory + position).copyMemory(from: address, byteCount: source.count)
        }
        position += source.count
    }
}
