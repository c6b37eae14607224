// Messages cut into frames, read back as the protocol has it.

#if RabbitMQDriver
    import AeroDrivers
    import TestSupport
    import Testing

    @Suite struct PublishFramesTests {
        /// A frame as its header says.
        private struct Frame: Equatable {
            let type: UInt8
            let payload: [UInt8]
        }

        private static func frames(_ bytes: [UInt8]) throws -> [Frame] {
            var frames: [Frame] = []
            var rest = bytes[...]
            while !rest.isEmpty {
                let header = Array(rest.prefix(7))
                try #require(header.count == 7)
                #expect(header[1] == 0 && header[2] == 1, "the one channel")
                let count = header[3..<7].reduce(0) { $0 << 8 | Int($1) }
                rest = rest.dropFirst(7)
                try #require(rest.count > count)
                frames.append(Frame(type: header[0], payload: Array(rest.prefix(count))))
                rest = rest.dropFirst(count)
                #expect(rest.popFirst() == 0xCE)
            }
            return frames
        }

        /// Lengths around a multiple of what a frame takes, and at random.
        @Test func aValueComesBackFromItsFrames() throws {
            let seed = TestSeed.current
            var random = SplitMix64(seed: seed)
            let around: [Int] = [1, 9, 10, 11, 19, 20, 21, 30]
            let frames = PublishFrames(
                [("", "a"), ("exchange", "b")], isPersistent: true)
            for byteCount in around + (0..<200).map({ _ in Int(random.next() % 500) + 1 }) {
                let destination = Int(random.next() % 2)
                let value = (0..<byteCount).map { _ in UInt8(truncatingIfNeeded: random.next()) }
                let total = frames.byteCount(destination, byteCount, bodyByteCountMax: 10)
                var bytes = [UInt8](repeating: 0, count: total)
                bytes.withUnsafeMutableBytes { raw in
                    guard let room = raw.baseAddress else { return }
                    let place = frames.begin(
                        destination, byteCount, bodyByteCountMax: 10, at: room)
                    UnsafeMutableRawBufferPointer(start: place, count: byteCount)
                        .copyBytes(from: value)
                    PublishFrames.end(place, byteCount, bodyByteCountMax: 10)
                }
                let found = try Self.frames(bytes)
                let comment = Comment(rawValue: "\(byteCount) bytes, seed \(seed)")
                // basic.publish: class 60, method 40, a ticket of no use, and two short texts.
                let target: [UInt8] =
                    destination == 0
                    ? [0, 1] + Array("a".utf8)
                    : [8] + Array("exchange".utf8) + [1] + Array("b".utf8)
                #expect(
                    found[0] == Frame(type: 1, payload: [0, 60, 0, 40, 0, 0] + target + [0]),
                    comment)
                // Class 60, no weight, the body's bytes, the flag of the delivery mode: on disk.
                let size = [UInt8(byteCount >> 8), UInt8(byteCount & 0xFF)]
                #expect(
                    found[1]
                        == Frame(
                            type: 2,
                            payload: [0, 60, 0, 0, 0, 0, 0, 0, 0, 0] + size + [0x10, 0, 2]), comment
                )
                let bodies = found.dropFirst(2)
                #expect(bodies.allSatisfy { $0.type == 3 && $0.payload.count <= 10 }, comment)
                #expect(bodies.count == (byteCount + 9) / 10, comment)
                #expect(bodies.flatMap(\.payload) == value, comment)
            }
        }
    }
#endif
