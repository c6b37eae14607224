// What a batch cannot get past validation with: every truncation, every bit, every false count.

import AeroWire
import TestSupport
import Testing

@Suite struct RecordBatchValidationTests {
    static func validate(_ bytes: [UInt8]) throws(WireError) -> RecordBatchHeader {
        let result: Result<RecordBatchHeader, WireError> = withExactCopy(bytes) { block in
            Result { () throws(WireError) in
                try RecordBatchHeader.validate(
                    in: UnsafeRawBufferPointer(block), range: 0..<bytes.count)
            }
        }
        return try result.get()
    }

    /// Below 61 bytes `.truncated`; from there on `.invalidBatchLength`, never anything read.
    @Test func everyTruncationIsFound() {
        let batch = GoldenBatches.kafkaPythonPlain
        let length = batch.count - 12
        for count in 0..<batch.count {
            let expected: WireError =
                count < 61
                ? .truncated(neededByteCount: 61, availableByteCount: count)
                : .invalidBatchLength(length, availableByteCount: count)
            #expect(throws: expected) { try Self.validate(Array(batch[..<count])) }
        }
        #expect(throws: WireError.invalidBatchLength(length, availableByteCount: batch.count + 1)) {
            try Self.validate(batch + [0])
        }
    }

    /// Exactly what each flipped bit does, by the byte it is in:
    /// base offset and leader epoch (outside the CRC): legal, that field alone changes;
    /// length: `.invalidBatchLength`; magic: `.unsupportedMagic`;
    /// the CRC and all it covers, attributes to end: `.crcMismatch`.
    @Test(arguments: [
        GoldenBatches.kafkaPythonPlain, GoldenBatches.kafkaPythonIdempotent,
        GoldenBatches.kafkaPythonGzip,
    ])
    func everyBitFlipHasItsOutcome(batch: [UInt8]) throws {
        let original = try Self.validate(batch)
        for bit in 0..<batch.count * 8 {
            let result = Result { () throws(WireError) in
                try Self.validate(batch.flippingBit(bit))
            }
            switch (bit / 8, result) {
            case (0..<8, .success(var header)):
                #expect(header.baseOffset != original.baseOffset)
                header.baseOffset = original.baseOffset
                #expect(header == original)
            case (12..<16, .success(var header)):
                #expect(header.partitionLeaderEpoch != original.partitionLeaderEpoch)
                header.partitionLeaderEpoch = original.partitionLeaderEpoch
                #expect(header == original)
            case (8..<12, .failure(.invalidBatchLength)), (16, .failure(.unsupportedMagic)),
                (17..., .failure(.crcMismatch)):
                break
            default:
                Issue.record("bit \(bit % 8) of byte \(bit / 8): \(result)")
            }
        }
    }

    /// A SEND frame's bits, end to end: no flip gets past frame, payload and batch unseen, but the
    /// two fields that the broker overwrites.
    @Test func noBitFlipOfASendFramePasses() throws {
        let batch = GoldenBatches.kafkaPythonPlain
        let request = SendRequest(
            topicId: 1, partition: 2, acks: .leader, timeoutMilliseconds: 3, batch: 0..<batch.count)
        let frame =
            try withBlock(SendRequest.prefixByteCount) {
                try request.encodePrefix(requestId: 9, into: $0)
                return Array($0)
            } + batch
        for bit in 0..<frame.count * 8 {
            withExactCopy(frame.flippingBit(bit)) { block in
                let bytes = UnsafeRawBufferPointer(block)
                let seen = Result { () throws(WireError) -> Bool in
                    guard case .frame(let header, let payload) = try FrameDecoder.next(in: bytes),
                        header.command == .send, !header.isReply, header.requestId == 9
                    else { return true }
                    var found = try SendRequest.decode(in: bytes, range: payload)
                    _ = try RecordBatchHeader.validate(in: bytes, range: found.batch)
                    found.batch = request.batch
                    return found != request
                }
                let batchByte = bit / 8 - SendRequest.prefixByteCount
                let isBrokersField = (0..<8).contains(batchByte) || (12..<16).contains(batchByte)
                if case .success(false) = seen {
                    #expect(isBrokersField, "bit \(bit % 8) of byte \(bit / 8)")
                }
            }
        }
    }

    static func patched(_ position: Int, _ bytes: [UInt8]) -> [UInt8] {
        var batch = GoldenBatches.kafkaPythonPlain
        batch.replaceSubrange(position..<position + bytes.count, with: bytes)
        return BatchSamples.resealed(batch)
    }

    /// Each of these has a right CRC.
    @Test func falseCountsAreFoundBehindARightChecksum() {
        let cases: [([UInt8], WireError)] = [
            (Self.patched(57, [0, 0, 0, 0]), .invalidRecordCount(0)),
            (Self.patched(57, [0xFF, 0xFF, 0xFF, 0xFF]), .invalidRecordCount(-1)),
            (Self.patched(57, [0x7F, 0xFF, 0xFF, 0xFF]), .invalidRecordCount(Int(Int32.max))),
            (Self.patched(57, [0, 0, 0, 7]), .invalidLastOffsetDelta(5, recordCount: 7)),
            (Self.patched(23, [0, 0, 0, 4]), .invalidLastOffsetDelta(4, recordCount: 6)),
            (
                Self.patched(23, [0xFF, 0xFF, 0xFF, 0xFF]),
                .invalidLastOffsetDelta(-1, recordCount: 6)
            ),
            (Self.patched(22, [5]), .unknownCompression(5)),
            (Self.patched(22, [7]), .unknownCompression(7)),
        ]
        for (batch, error) in cases {
            #expect(throws: error) { try Self.validate(batch) }
        }
    }

    /// 2^31 - 1 records in a few hundred compressed bytes would use up offsets.
    @Test func aCompressedBatchCannotClaimAnyCount() {
        var batch = GoldenBatches.kafkaPythonGzip
        batch.replaceSubrange(23..<27, with: [0x7F, 0xFF, 0xFF, 0xFE])
        batch.replaceSubrange(57..<61, with: [0x7F, 0xFF, 0xFF, 0xFF])
        #expect(throws: WireError.invalidRecordCount(Int(Int32.max))) {
            try Self.validate(BatchSamples.resealed(batch))
        }
    }

    @Test func lengthsThatCannotBeAreFound() {
        for length: [UInt8] in [
            [0, 0, 0, 0], [0, 0, 0, 48], [0xFF, 0xFF, 0xFF, 0xFF], [0x7F, 0xFF, 0xFF, 0xFF],
        ] {
            let value = Int(Int32(bitPattern: length.reduce(0) { $0 << 8 | UInt32($1) }))
            let batch = Self.patched(8, length)
            #expect(throws: WireError.invalidBatchLength(value, availableByteCount: batch.count)) {
                try Self.validate(batch)
            }
        }
    }

    @Test func theBrokersFieldsAreSetInPlace() throws {
        let batch = GoldenBatches.kafkaPythonPlain
        try withBlock(batch.count + 3) { block in
            UnsafeMutableRawBufferPointer(rebasing: block[3...]).copyBytes(from: batch)
            RecordBatchHeader.setBaseOffset(1 << 40, in: block, at: 3)
            RecordBatchHeader.setPartitionLeaderEpoch(12, in: block, at: 3)
            let header = try RecordBatchHeader.validate(
                in: UnsafeRawBufferPointer(block), range: 3..<block.count)
            #expect(header.baseOffset == 1 << 40)
            #expect(header.partitionLeaderEpoch == 12)
            #expect(header.nextOffset == 1 << 40 + 6)
        }
    }

    @Test func batchesFollowEachOther() throws {
        let batches = [GoldenBatches.kafkaPythonPlain, GoldenBatches.kafkaPythonGzip]
        let bytes = [0, 0] + batches[0] + batches[1]
        withExactCopy(bytes) { block in
            let raw = UnsafeRawBufferPointer(block)
            for end in 2...bytes.count {
                var cursor = RecordBatchCursor(2..<end)
                var ranges: [Range<Int>] = []
                let outcome = Result { () throws(WireError) in
                    while let view = try cursor.next(in: raw) { ranges.append(view.range) }
                }
                let second = 2 + batches[0].count
                #expect(ranges.count == (end < second ? 0 : end < bytes.count ? 1 : 2))
                let isWhole = end == 2 || end == second || end == bytes.count
                if case .success = outcome { #expect(isWhole) } else { #expect(!isWhole) }
            }
        }
    }
}
