// Relays that break off or send nonsense: the run fails or says so, and its account is complete.

import AeroDrivers
import AeroIO
import AeroLoad
import Testing

@Suite(.serialized, .timeLimit(.minutes(10))) struct RelayFaultTests {
    /// One message after the other, so that each is its own batch and its own frame.
    private static func plan(load: String = "{ schedule: constant, rate: 1k/s }") throws -> LoadPlan
    {
        try DriverScenario(
            testDescription: "",
            lines: """
                message-size: 64B
                batch: { messages: 1 }
                load: \(load)
                """
        ).makePlan()
    }

    private static func run(_ address: SocketAddress, _ plan: LoadPlan) throws -> LoadOutcome {
        var options = LoadRunOptions()
        options.drainNanoseconds = 100_000_000
        return try LoadRun(
            plan, driver: RelayDriver(address: address, mode: .echo), options: options
        )
        .run(isInterrupted: { false }, progress: { _, _ in })
    }

    private static func expectAccount(_ outcome: LoadOutcome) {
        let counts = outcome.record.classes[0].counts
        #expect(counts.sent > 0)
        #expect(
            counts.sent == counts.acknowledged + outcome.failedCount + outcome.unansweredCount)
        let verdict = outcome.verdicts[0][0]
        #expect(verdict.sent == counts.sent && verdict.unique + verdict.lost == counts.sent)
    }

    /// A frame header, and a message of 64 bytes behind its length.
    private static let frameByteCount = 14 + 4 + 64

    @Test func aRelayThatBreaksOffFailsTheRun() throws {
        try ScriptedServer.run { (socket) throws(Errno) in
            _ = try socket.read(byteCount: RelayHello.byteCount)
            try socket.write([RelayHello.answer])
            for _ in 0..<20 {
                try socket.write(try socket.read(byteCount: Self.frameByteCount))
            }
        } _: { server in
            let outcome = try Self.run(server.address, Self.plan())
            guard case .failed(let error) = outcome.ending else {
                Issue.record("the run ended with \(outcome.ending)")
                return
            }
            #expect(error.cause.contains("closed") || error.cause.contains("reset"), "\(error)")
            Self.expectAccount(outcome)
            #expect(outcome.record.classes[0].counts.acknowledged == 20)
        }
    }

    /// What a relay may make of the frames it got.
    enum Damage: CaseIterable {
        /// The command field names a topic-partition that the class does not have.
        case destination
        /// The message is longer than its frame.
        case messageLength
        /// The frame ends inside the length of a message.
        case shortFrame

        func apply(to frame: [UInt8]) -> [UInt8] {
            var frame = frame
            switch self {
            case .destination: frame.replaceSubrange(4..<6, with: [0xFF, 0xFE])
            case .messageLength: frame[14] = 0x7F
            case .shortFrame:
                frame.removeSubrange(16...)
                frame[3] = 12
            }
            return frame
        }
    }

    @Test(arguments: Damage.allCases) func damagedFramesAreIncidents(damage: Damage) throws {
        try ScriptedServer.run { (socket) throws(Errno) in
            _ = try socket.read(byteCount: RelayHello.byteCount)
            try socket.write([RelayHello.answer])
            var count = 0
            while true {
                let frame = try socket.read(byteCount: Self.frameByteCount)
                guard frame.count == Self.frameByteCount else { return }
                count += 1
                try socket.write(count % 10 == 0 ? damage.apply(to: frame) : frame)
            }
        } _: { server in
            let outcome = try Self.run(server.address, Self.plan())
            #expect(outcome.ending == .completed)
            Self.expectAccount(outcome)
            let sent = outcome.record.classes[0].counts.sent
            #expect(outcome.verdicts[0][0].lost == sent / 10)
            #expect(outcome.incidents.entries.map(\.count) == [sent / 10])
        }
    }

    @Test func anImpossibleFrameFailsTheRun() throws {
        try ScriptedServer.run { (socket) throws(Errno) in
            _ = try socket.read(byteCount: RelayHello.byteCount)
            try socket.write([RelayHello.answer])
            _ = try socket.read(byteCount: Self.frameByteCount)
            try socket.write([UInt8](repeating: 0xFF, count: 32))
            _ = try socket.read(byteCount: 1 << 20)
        } _: { server in
            let outcome = try Self.run(server.address, Self.plan())
            guard case .failed(let error) = outcome.ending else {
                Issue.record("the run ended with \(outcome.ending)")
                return
            }
            #expect(error.action == "understand the relay")
            Self.expectAccount(outcome)
        }
    }

    /// An echo that keeps messages to itself: bounded by the drain, unanswered or failed.
    @Test func aRelayThatSwallowsMessagesLeavesThemUnanswered() throws {
        try ScriptedServer.run { (socket) throws(Errno) in
            _ = try socket.read(byteCount: RelayHello.byteCount)
            try socket.write([RelayHello.answer])
            while try !socket.read(byteCount: Self.frameByteCount).isEmpty {}
        } _: { server in
            let outcome = try Self.run(
                server.address, Self.plan(load: "{ schedule: closed-loop, in-flight: 7 }"))
            #expect(outcome.ending == .completed)
            Self.expectAccount(outcome)
            #expect(outcome.failedCount + outcome.unansweredCount == 7)
            #expect(outcome.verdicts[0][0].lost == 7)
            #expect(outcome.verdicts[0][0].acknowledgedThenLost == 0)
        }
    }
}
