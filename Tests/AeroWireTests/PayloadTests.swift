// Every payload: round trip, every truncation, every single-bit flip, every excess byte.

import AeroWire
import TestSupport
import Testing

@Suite struct PayloadTests {
    static func decodeFrame(
        _ frame: [UInt8], _ body: (FrameHeader, UnsafeRawBufferPointer, Range<Int>) throws -> Void
    ) throws {
        try withExactCopy(frame) { block in
            let bytes = UnsafeRawBufferPointer(block)
            guard case .frame(let header, let payload) = try FrameDecoder.next(in: bytes) else {
                Issue.record("not a whole frame")
                return
            }
            #expect(payload == 14..<frame.count)
            try body(header, bytes, payload)
        }
    }

    @Test(arguments: PayloadSample.all)
    func randomValuesRoundTrip(sample: PayloadSample) throws {
        var random = SplitMix64(seed: TestSeed.current)
        for _ in 0..<200 {
            let frame = try sample.makeFrame(&random)
            try Self.decodeFrame(frame) { header, bytes, payload in
                #expect(header.commandCode == sample.commandCode)
                let rewritten = try sample.rewrite(bytes, payload)
                #expect(rewritten == Array(frame[14...]), "seed \(TestSeed.current)")
            }
        }
    }

    /// A payload that is cut is refused; one that ends in batches may lose only bytes of those,
    /// which the batches' own lengths then show.
    @Test(arguments: PayloadSample.all)
    func everyTruncationIsFound(sample: PayloadSample) throws {
        var random = SplitMix64(seed: TestSeed.current)
        for _ in 0..<3 {
            let payload = Array(try sample.makeFrame(&random)[14...])
            for count in 0..<payload.count {
                let cut = Array(payload[..<count])
                withExactCopy(cut) { block in
                    let rewritten = Result {
                        try sample.rewrite(UnsafeRawBufferPointer(block), 0..<count)
                    }
                    if case .success(let bytes) = rewritten {
                        #expect(sample.hasOpenEnd && bytes == cut, "cut at \(count)")
                    }
                }
            }
        }
    }

    /// A flipped bit of a payload is refused, or shows in a field: what decodes encodes to the
    /// flipped bytes, never to the original ones.
    @Test(arguments: PayloadSample.all)
    func everyBitFlipOfAPayloadShows(sample: PayloadSample) throws {
        var random = SplitMix64(seed: TestSeed.current)
        let payload = Array(try sample.makeFrame(&random)[14...])
        for bit in 0..<payload.count * 8 {
            let flipped = payload.flippingBit(bit)
            withExactCopy(flipped) { block in
                let rewritten = Result {
                    try sample.rewrite(UnsafeRawBufferPointer(block), 0..<flipped.count)
                }
                if case .success(let bytes) = rewritten {
                    #expect(bytes == flipped, "bit \(bit), seed \(TestSeed.current)")
                }
            }
        }
    }

    /// A flipped bit of a header: in the length, another extent or an error; in the command,
    /// another command; in the request id, another id.
    @Test(arguments: PayloadSample.all)
    func everyBitFlipOfAHeaderShows(sample: PayloadSample) throws {
        var random = SplitMix64(seed: TestSeed.current)
        let frame = try sample.makeFrame(&random)
        let original = FrameHeader(
            commandCode: sample.commandCode,
            requestId: frame[6..<14].reduce(0) { $0 << 8 | UInt64($1) },
            payloadByteCount: frame.count - 14)
        for bit in 0..<14 * 8 {
            withExactCopy(frame.flippingBit(bit)) { block in
                let parse = Result { try FrameDecoder.next(in: UnsafeRawBufferPointer(block)) }
                switch (parse, bit / 8) {
                case (.failure(let error), 0..<4):
                    #expect(error is WireError)
                case (.success(.needMoreBytes(let count)), 0..<4):
                    #expect(count > frame.count)
                case (.success(.frame(_, let payload)), 0..<4):
                    #expect(payload.upperBound < frame.count)
                case (.success(.frame(let header, let payload)), 4..<6):
                    #expect(header.commandCode != original.commandCode)
                    #expect(payload == 14..<frame.count)
                case (.success(.frame(let header, let payload)), 6..<14):
                    #expect(header.commandCode == original.commandCode)
                    #expect(header.requestId == original.requestId ^ 1 << UInt64(111 - flat(bit)))
                    #expect(payload == 14..<frame.count)
                default:
                    Issue.record("bit \(bit): \(parse)")
                }
            }
        }
    }

    @Test(arguments: PayloadSample.all)
    func bytesBehindTheLastFieldAreRefused(sample: PayloadSample) throws {
        guard !sample.hasOpenEnd else { return }
        var random = SplitMix64(seed: TestSeed.current)
        let payload = Array(try sample.makeFrame(&random)[14...]) + [0]
        withExactCopy(payload) { block in
            #expect(throws: WireError.trailingBytes(1)) {
                try sample.rewrite(UnsafeRawBufferPointer(block), 0..<payload.count)
            }
        }
    }

    @Test func everyBufferThatIsTooSmallIsRefused() {
        let request = ConnectRequest(clientId: "client", authData: [1, 2, 3])
        for count in 0..<request.frameByteCount {
            withBlock(count) { block in
                #expect(throws: WireError.self) {
                    try request.encodeFrame(requestId: 1, into: block)
                }
            }
        }
    }
}

/// A bit counted from the most significant of its byte.
private func flat(_ bit: Int) -> Int { bit / 8 * 8 + 7 - bit % 8 }
