// Finding frames in a stream.

import AeroWire
import Testing

@Suite struct FrameDecoderTests {
    static func frame(payload: [UInt8], commandCode: UInt16 = 3) throws -> [UInt8] {
        try withBlock(14 + payload.count) { block in
            let header = FrameHeader(
                commandCode: commandCode, requestId: 0x0102_0304_0506_0708,
                payloadByteCount: payload.count)
            try header.encode(into: block)
            UnsafeMutableRawBufferPointer(rebasing: block[14...]).copyBytes(from: payload)
            return Array(block)
        }
    }

    static func next(
        _ bytes: [UInt8], at position: Int = 0, limit: Int = WireLimits.frameByteCountMaxDefault
    ) throws -> FrameParse {
        try withExactCopy(bytes) {
            try FrameDecoder.next(in: UnsafeRawBufferPointer($0), at: position, limit: limit)
        }
    }

    @Test func theBytesOfAHeaderArePinned() throws {
        let frame = try Self.frame(payload: [0xAA, 0xBB], commandCode: 0x800A)
        #expect(frame == [0, 0, 0, 12, 0x80, 10, 1, 2, 3, 4, 5, 6, 7, 8, 0xAA, 0xBB])
        guard case .frame(let header, let payload) = try Self.next(frame) else {
            Issue.record("no frame")
            return
        }
        #expect(payload == 14..<16)
        #expect(header.command == .send)
        #expect(header.isReply)
        #expect(header.requestId == 0x0102_0304_0506_0708)
        #expect(header.frameByteCount == 16)
    }

    /// Before four bytes: "at least a header"; from then on the frame's exact size.
    @Test func everyTruncationAsksForWhatIsMissing() throws {
        let frame = try Self.frame(payload: [UInt8](repeating: 7, count: 40))
        for count in 0..<frame.count {
            #expect(
                try Self.next(Array(frame[..<count])) == .needMoreBytes(count < 4 ? 14 : 54))
        }
    }

    @Test func framesFollowEachOther() throws {
        let frames = try (0..<5).map { try Self.frame(payload: [UInt8](repeating: 1, count: $0)) }
        let stream = [UInt8](frames.joined())
        var position = 0
        for count in 0..<5 {
            guard case .frame(let header, let payload) = try Self.next(stream, at: position) else {
                Issue.record("no frame at \(position)")
                return
            }
            #expect(header.payloadByteCount == count)
            position = payload.upperBound
        }
        #expect(position == stream.count)
        #expect(try Self.next(stream, at: position) == .needMoreBytes(14))
    }

    @Test func aBadLengthIsFoundInItsFourBytes() {
        for length in 0..<10 {
            #expect(throws: WireError.frameTooShort(length: length)) {
                try Self.next([0, 0, 0, UInt8(length)])
            }
        }
        #expect(throws: WireError.frameTooLarge(byteCount: 0x1_0000_0003, limit: 4 << 20)) {
            try Self.next([0xFF, 0xFF, 0xFF, 0xFF])
        }
    }

    @Test func theLimitCountsTheWholeFrame() throws {
        let frame = try Self.frame(payload: [1, 2, 3])
        guard case .frame = try Self.next(frame, limit: 17) else {
            Issue.record("a frame of the limit's size is refused")
            return
        }
        #expect(throws: WireError.frameTooLarge(byteCount: 17, limit: 16)) {
            try Self.next(frame, limit: 16)
        }
    }

    /// So that the reply to a refused frame can carry its request id.
    @Test func aRefusedFramesHeaderCanStillBeRead() {
        let bytes: [UInt8] = [0xFF, 0xFF, 0xFF, 0xFF, 0, 10, 0, 0, 0, 0, 0, 0, 0, 9]
        withExactCopy(bytes) {
            let header = FrameDecoder.header(in: UnsafeRawBufferPointer($0))
            #expect(header?.command == .send)
            #expect(header?.requestId == 9)
            #expect(FrameDecoder.header(in: UnsafeRawBufferPointer($0), at: 1) == nil)
        }
    }

    @Test func aBuilderRefusesMemoryThatIsTooSmall() {
        for count in 0..<14 {
            #expect(
                throws: WireError.full(neededByteCount: 14, availableByteCount: count)
            ) {
                try withBlock(count) { _ = try FrameBuilder(into: $0) }
            }
        }
    }

    @Test func aPrefixCountsBatchesThatStandElsewhere() throws {
        try withBlock(FetchReply.prefixByteCount) { block in
            let reply = FetchReply(logStartOffset: 1, highWatermark: 9, batches: 0..<1_000)
            try reply.encodePrefix(replyingTo: 5, into: block)
            let header = FrameDecoder.header(in: UnsafeRawBufferPointer(block))
            #expect(header?.frameByteCount == FetchReply.prefixByteCount + 1_000)
            #expect(header?.isReply == true)
        }
        try withBlock(DeliverPush.prefixByteCount) { block in
            let push = DeliverPush(highWatermark: 9, batches: 0..<1_000)
            try push.encodePrefix(subscriptionId: 6, into: block)
            let header = FrameDecoder.header(in: UnsafeRawBufferPointer(block))
            #expect(header?.frameByteCount == DeliverPush.prefixByteCount + 1_000)
            #expect(header?.requestId == 6)
        }
    }

    @Test func aFrameAboveTheCeilingIsNotWritten() {
        #expect(
            throws: WireError.frameTooLarge(byteCount: (64 << 20) + 1, limit: 64 << 20)
        ) {
            try withBlock(DeliverPush.prefixByteCount) {
                let rest = (64 << 20) + 1 - DeliverPush.prefixByteCount
                try DeliverPush(highWatermark: 0, batches: 0..<rest)
                    .encodePrefix(subscriptionId: 1, into: $0)
            }
        }
    }
}
