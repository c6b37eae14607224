// Transcripts of one connection as the broker sees it.

import AeroCore
import AeroWire
import Testing

struct BrokerConnectionStateMachineTests {
    private func makeReady(inFlightMax: Int = 4) -> BrokerConnectionStateMachine {
        var terms = ConnectionTerms()
        terms.inFlightRequestCountMax = inFlightMax
        terms.heartbeatIntervalMilliseconds = 100
        var machine = BrokerConnectionStateMachine(terms: terms, nowNanoseconds: 0)
        let action = machine.receivedConnect(minimumVersion: 1, maximumVersion: 1)
        precondition(action == .welcome(version: 1))
        return machine
    }

    @Test func nothingButConnectOpensAConnection() {
        for code in [Command.ping.rawValue, Command.disconnect.rawValue, 999] {
            var machine = BrokerConnectionStateMachine(
                terms: ConnectionTerms(), nowNanoseconds: 0)
            let action = machine.received(rawCommand: code, expectsReply: true)
            #expect(action == .refuseAndClose(.notConnected, .notConnected))
            let isReady = machine.isReady
            #expect(!isReady)
            #expect(machine.received(rawCommand: 3, expectsReply: true) == .refuse(.shuttingDown))
            // Too late for a handshake, too.
            let late = machine.receivedConnect(minimumVersion: 1, maximumVersion: 1)
            guard case .refuse = late else {
                Issue.record("\(late)")
                return
            }
        }
    }

    @Test func versionsAreNegotiatedWithinTheRange() {
        var terms = ConnectionTerms()
        terms.versions = 2...4
        let cases: [(UInt16, UInt16, UInt16?)] = [
            (1, 1, nil), (1, 2, 2), (2, 3, 3), (3, 9, 4), (4, 4, 4), (5, 9, nil), (3, 2, nil),
            (0, .max, 4),
        ]
        for (low, high, expected) in cases {
            var machine = BrokerConnectionStateMachine(terms: terms, nowNanoseconds: 0)
            let action = machine.receivedConnect(minimumVersion: low, maximumVersion: high)
            let wanted: ConnectionAction =
                expected.map { .welcome(version: $0) }
                ?? .refuseAndClose(.unsupportedVersion, .unsupportedVersion)
            #expect(action == wanted, "\(low)...\(high)")
        }
    }

    @Test func requestsInFlightAreCountedAndBounded() {
        var machine = makeReady(inFlightMax: 2)
        #expect(machine.received(rawCommand: 10, expectsReply: true) == .perform(.send))
        #expect(machine.received(rawCommand: 10, expectsReply: false) == .perform(.send))
        #expect(machine.received(rawCommand: 11, expectsReply: true) == .perform(.fetch))
        #expect(machine.received(rawCommand: 3, expectsReply: true) == .refuse(.tooManyInFlight))
        // Unknown and refused commands never count.
        #expect(machine.received(rawCommand: 77, expectsReply: true) == .refuse(.unknownCommand))
        machine.answered()
        #expect(machine.received(rawCommand: 3, expectsReply: true) == .perform(.ping))
        machine.answered()
        machine.answered()
        let count = machine.inFlightRequestCount
        #expect(count == 0)
    }

    @Test func disconnectEndsIt() {
        var machine = makeReady()
        #expect(machine.received(rawCommand: 2, expectsReply: true) == .goodbye)
        #expect(machine.received(rawCommand: 3, expectsReply: true) == .refuse(.shuttingDown))
    }

    @Test func silenceIsThreeHeartbeatsLong() {
        var machine = makeReady()
        machine.heard(nowNanoseconds: 1_000)
        #expect(machine.isIdle(nowNanoseconds: 300_001_000) == false)
        #expect(machine.isIdle(nowNanoseconds: 300_001_001) == true)
        machine.heard(nowNanoseconds: 300_001_001)
        #expect(machine.isIdle(nowNanoseconds: 300_001_001) == false)
    }
}
