// What single payloads promise beyond their round trip.

import AeroWire
import Testing

@Suite struct PayloadDetailTests {
    static func decode<Payload: WirePayload>(
        _ type: Payload.Type, _ bytes: [UInt8]
    ) throws -> Payload {
        try withExactCopy(bytes) {
            try type.decode(in: UnsafeRawBufferPointer($0), range: 0..<bytes.count)
        }
    }

    @Test func theBytesOfConnectArePinned() throws {
        let request = ConnectRequest(
            minVersion: 1, maxVersion: 2, clientId: "ab", features: 3, authMechanism: "P",
            authData: [9])
        let payload: [UInt8] = [
            0, 1, 0, 2, 0, 2, 0x61, 0x62, 0, 0, 0, 0, 0, 0, 0, 3, 0, 1, 0x50, 0, 0, 0, 1, 9,
        ]
        #expect(
            try request.frameBytes(requestId: 7) == [0, 0, 0, 34, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7]
                + payload)
    }

    @Test(
        arguments: [
            (1, 1, 1), (1, 9, 3), (0, 2, 2), (3, 3, 3), (4, 9, nil), (0, 0, nil), (2, 1, nil),
        ] as [(UInt16, UInt16, UInt16?)])
    func versionsAreNegotiatedToTheNewestInCommon(min: UInt16, max: UInt16, chosen: UInt16?) {
        let request = ConnectRequest(minVersion: min, maxVersion: max, clientId: "")
        #expect(request.negotiatedVersion(supported: 1...3) == chosen)
    }

    @Test func textMustBeValid() {
        for bytes: [UInt8] in [
            [0xFF], [0xC3], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0, 0, 0],
        ] {
            #expect(throws: WireError.invalidText) {
                try Self.decode(DeleteTopicRequest.self, [0, UInt8(bytes.count)] + bytes)
            }
        }
    }

    @Test func limitsHoldBothWays() {
        let longId = String(repeating: "x", count: 256)
        #expect(throws: WireError.fieldTooLong(count: 256, limit: 255)) {
            try ConnectRequest(clientId: longId).frameBytes(requestId: 1)
        }
        #expect(throws: WireError.fieldTooLong(count: 256, limit: 255)) {
            try Self.decode(ConnectRequest.self, [0, 1, 0, 1, 1, 0] + Array(longId.utf8))
        }
        #expect(throws: WireError.fieldTooLong(count: 65_537, limit: 65_536)) {
            try ConnectRequest(clientId: "", authData: [UInt8](repeating: 0, count: 65_537))
                .frameBytes(requestId: 1)
        }
    }

    /// A count is checked against its limit and the bytes at hand before room is made for it.
    @Test func aCountIsNotBelieved() {
        #expect(throws: WireError.fieldTooLong(count: 0xFFFF_FFFF, limit: 1_000_000)) {
            try Self.decode(ListTopicsReply.self, [0xFF, 0xFF, 0xFF, 0xFF])
        }
        #expect(throws: WireError.truncated(neededByteCount: 2_000, availableByteCount: 2)) {
            try Self.decode(ListTopicsReply.self, [0, 0, 3, 0xE8, 0, 0])
        }
        #expect(throws: WireError.truncated(neededByteCount: 28, availableByteCount: 0)) {
            try Self.decode(
                DescribeTopicReply.self, [UInt8](repeating: 0, count: 21) + [0, 0, 0, 1])
        }
        #expect(throws: WireError.truncated(neededByteCount: 10, availableByteCount: 0)) {
            try Self.decode(StatisticsReply.self, [0, 0, 0, 1])
        }
    }

    @Test func unknownEnumeratedValuesAreTyped() {
        var send = [UInt8](repeating: 0, count: 14)
        send[8] = 2
        #expect(throws: WireError.unknownValue(2)) {
            try withExactCopy(send) {
                try SendRequest.decode(in: UnsafeRawBufferPointer($0), range: 0..<14)
            }
        }
        send[8] = 255
        send[9] = 1
        #expect(throws: WireError.unknownValue(1)) {
            try withExactCopy(send) {
                try SendRequest.decode(in: UnsafeRawBufferPointer($0), range: 0..<14)
            }
        }
        #expect(throws: WireError.unknownValue(4)) {
            try Self.decode(
                CreateTopicRequest.self,
                [0, 1, 0x61, 0, 0, 0, 1, 4] + [UInt8](repeating: 0, count: 20))
        }
    }

    @Test(arguments: [UInt16(5), 9, 29, 9_999, 65_534, 65_535])
    func anErrorCodeOfTheFutureIsTypedAndKept(code: UInt16) throws {
        let bytes = [UInt8(code >> 8), UInt8(code & 0xFF), 0, 2] + Array("no".utf8)
        try withExactCopy(bytes) { block in
            let raw = UnsafeRawBufferPointer(block)
            let reply = try Reply<SendReply>.decode(in: raw, range: 0..<bytes.count)
            guard case .failure(let failure) = reply else {
                Issue.record("not a failure")
                return
            }
            #expect(failure.code == .unrecognized)
            #expect(failure.rawCode == code)
            #expect(failure.message(in: raw) == "no")
        }
    }

    @Test func anUnknownCommandCanBeAnswered() throws {
        let request = FrameHeader(commandCode: 999, requestId: 3, payloadByteCount: 0)
        let frame = try FailureReply(.unknownCommand, "999 is no command")
            .frameBytes(replyingTo: request)
        #expect(Array(frame[4..<16]) == [0x83, 0xE7, 0, 0, 0, 0, 0, 0, 0, 3, 0, 10])
    }

    @Test func aLongMessageIsCutAtACharacter() {
        let message = FailureReply(.internalError, String(repeating: "€", count: 1_000)).message
        #expect(message.utf8.count == 1_023)
        #expect(message.allSatisfy { $0 == "€" })
    }

    @Test func aFailureNeedsACode() async {
        await #expect(processExitsWith: .failure) { _ = FailureReply(.ok, "") }
    }

    @Test func framesAreWrittenBehindEachOther() throws {
        try withBlock(200) { block in
            let first = try PingRequest(opaque: 1).encodeFrame(requestId: 1, into: block)
            let second = try PingReply(opaque: 2).encodeFrame(
                replyingTo: FrameHeader(commandCode: 3, requestId: 1, payloadByteCount: 8),
                into: block, at: first.upperBound)
            #expect(first == 0..<22)
            #expect(second == 22..<46)
            #expect(block[46] == 0xA5)
        }
    }
}
