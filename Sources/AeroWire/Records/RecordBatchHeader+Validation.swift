// What a broker checks before it appends a batch, and what it may change in place.

extension RecordBatchHeader {
    /// Checks a batch that must fill `range` of `bytes`: length, magic, CRC-32C, counts.
    ///
    /// Records are not looked into. A batch that passes was written as it stands by someone who
    /// could compute a CRC: its records may still be malformed, which ``RecordCursor`` finds.
    ///
    /// - Returns: The header.
    /// - Throws: `.truncated`, `.invalidBatchLength`, `.unsupportedMagic`, `.crcMismatch`,
    ///   `.unknownCompression`, `.invalidRecordCount`, `.invalidLastOffsetDelta`.
    /// - Complexity: O(bytes), at the speed of the CRC. Allocates nothing.
    package static func validate(
        in bytes: UnsafeRawBufferPointer, range: Range<Int>
    ) throws(WireError) -> RecordBatchHeader {
        let header = try decodeWhole(in: bytes, range: range)
        try header.validateCounts()
        return header
    }

    /// Decodes the header of a batch that must fill the range, and checks its CRC.
    private static func decodeWhole(
        in bytes: UnsafeRawBufferPointer, range: Range<Int>
    ) throws(WireError) -> RecordBatchHeader {
        let header = try decode(in: bytes, range: range)
        guard header.byteCount == range.count else {
            throw .invalidBatchLength(
                header.byteCount - WireLimits.batchLengthExcludedByteCount,
                availableByteCount: range.count)
        }
        try header.validateChecksum(in: bytes, at: range.lowerBound)
        return header
    }

    /// Checks the CRC of the batch at `position`, which this header was decoded from.
    ///
    /// - Throws: `.crcMismatch`.
    package func validateChecksum(
        in bytes: UnsafeRawBufferPointer, at position: Int
    ) throws(WireError) {
        let covered = bytes[position + Position.attributes..<position + byteCount]
        let computed = CRC32C.checksum(UnsafeRawBufferPointer(rebasing: covered))
        guard computed == crc else { throw .crcMismatch(stored: crc, computed: computed) }
    }

    /// Checks that codec, record count and last offset delta go together.
    ///
    /// The count must be one that the bytes can hold, so that offsets cannot be used up by a batch
    /// that claims two thousand million records in its 61 bytes.
    ///
    /// - Throws: `.unknownCompression`, `.invalidRecordCount`, `.invalidLastOffsetDelta`.
    package func validateCounts() throws(WireError) {
        guard let codec = attributes.codec else { throw .unknownCompression(attributes.rawCodec) }
        let recordsByteCount = byteCount - WireLimits.batchHeaderByteCount
        let recordCountMax =
            codec == .none
            ? recordsByteCount / WireLimits.recordByteCountMin
            : WireLimits.compressedRecordCountMax
        guard recordCount > 0, Int(recordCount) <= recordCountMax else {
            throw .invalidRecordCount(Int(recordCount))
        }
        guard Int(lastOffsetDelta) == Int(recordCount) - 1 else {
            throw .invalidLastOffsetDelta(
                Int(lastOffsetDelta), recordCount: Int(recordCount))
        }
    }

    /// As `validate`, of a batch that a log has kept: compaction may have taken records out of it,
    /// all of them even, and their offsets stay taken.
    ///
    /// - Returns: The header.
    /// - Throws: As `validate`; `.invalidRecordCount` also for more records than offsets.
    package static func validateStored(
        in bytes: UnsafeRawBufferPointer, range: Range<Int>
    ) throws(WireError) -> RecordBatchHeader {
        let header = try decodeWhole(in: bytes, range: range)
        guard header.attributes.codec != nil else {
            throw .unknownCompression(header.attributes.rawCodec)
        }
        guard header.lastOffsetDelta >= 0 else {
            throw .invalidLastOffsetDelta(
                Int(header.lastOffsetDelta), recordCount: Int(header.recordCount))
        }
        guard header.recordCount >= 0, header.recordCount - 1 <= header.lastOffsetDelta else {
            throw .invalidRecordCount(Int(header.recordCount))
        }
        return header
    }

    /// Sets the base offset of the batch at `position`, which the CRC does not cover.
    ///
    /// - Precondition: A whole batch stands there.
    package static func setBaseOffset(
        _ offset: Int64, in buffer: UnsafeMutableRawBufferPointer, at position: Int = 0
    ) {
        precondition(
            position >= 0 && position + WireLimits.batchHeaderByteCount <= buffer.count,
            "no batch at the position")
        buffer.storeBytes(
            of: offset.bigEndian, toByteOffset: position + Position.baseOffset, as: Int64.self)
    }

    /// Sets the leader epoch of the batch at `position`, which the CRC does not cover.
    ///
    /// - Precondition: A whole batch stands there.
    package static func setPartitionLeaderEpoch(
        _ epoch: Int32, in buffer: UnsafeMutableRawBufferPointer, at position: Int = 0
    ) {
        precondition(
            position >= 0 && position + WireLimits.batchHeaderByteCount <= buffer.count,
            "no batch at the position")
        buffer.storeBytes(
            of: epoch.bigEndian, toByteOffset: position + Position.partitionLeaderEpoch,
            as: Int32.self)
    }

    /// Sets who wrote the batch that fills `batch`, and the CRC, which covers that.
    ///
    /// - Precondition: A whole batch stands there, and nothing else.
    package static func setProducer(
        _ identity: ProducerIdentity, baseSequence: Int32,
        in batch: UnsafeMutableRawBufferPointer
    ) {
        precondition(batch.count >= WireLimits.batchHeaderByteCount, "no batch in the bytes")
        storeInteger(identity.producerId, batch, Position.producerId)
        storeInteger(identity.epoch, batch, Position.producerEpoch)
        storeInteger(baseSequence, batch, Position.baseSequence)
        let covered = UnsafeRawBufferPointer(rebasing: batch[Position.attributes...])
        storeInteger(CRC32C.checksum(covered), batch, Position.crc)
    }
}
