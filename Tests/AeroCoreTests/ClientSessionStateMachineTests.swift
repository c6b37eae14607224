// Transcripts of a client's session under a virtual clock.

import AeroCore
import AeroWire
import Testing

struct ClientSessionStateMachineTests {
    private static let second: Int64 = 1_000_000_000

    private func makeTerms() -> SessionTerms {
        var terms = SessionTerms()
        terms.inFlightRequestCountMax = 4
        terms.inFlightByteCountMax = 1_000
        terms.requestTimeoutNanoseconds = 30 * Self.second
        terms.connectTimeoutNanoseconds = 10 * Self.second
        return terms
    }

    private func makeReady(_ terms: SessionTerms) -> ClientSessionStateMachine {
        var session = ClientSessionStateMachine(terms: terms)
        _ = session.open(nowNanoseconds: 0)
        _ = session.connected(nowNanoseconds: 0)
        session.welcomed(heartbeatMilliseconds: 10_000, nowNanoseconds: 0)
        return session
    }

    @Test func connectsShakesHandsAndIsReady() {
        var session = ClientSessionStateMachine(terms: makeTerms())
        #expect(session.nextTickNanoseconds == .max)
        #expect(session.tick(nowNanoseconds: .max) == nil)
        #expect(session.open(nowNanoseconds: 5) == .connect)
        #expect(
            session.begin(.ping, context: 0, byteCount: 0, nowNanoseconds: 5) == .notConnected)
        #expect(session.connected(nowNanoseconds: 6) == .sendConnect)
        #expect(
            session.begin(.ping, context: 0, byteCount: 0, nowNanoseconds: 6) == .notConnected)
        session.welcomed(heartbeatMilliseconds: 10_000, nowNanoseconds: 7)
        let isReady = session.isReady
        #expect(isReady)
    }

    /// The broker counts PING among the requests that it bounds; one is kept for that.
    @Test(arguments: [(5, 4), (4, 3), (3, 2), (2, 1), (1, 1), (0, 1), (UInt32.max, 4)])
    func theBrokersBoundOnRequestsHoldsToo(_ granted: UInt32, _ expected: Int) {
        var session = ClientSessionStateMachine(terms: makeTerms())
        _ = session.open(nowNanoseconds: 0)
        _ = session.connected(nowNanoseconds: 0)
        session.welcomed(
            heartbeatMilliseconds: 10_000, maximumInFlightRequests: granted, nowNanoseconds: 0)
        var ids: [UInt64] = []
        while case .admitted(let id) = session.begin(
            .send, context: 0, byteCount: 1, nowNanoseconds: 0)
        {
            ids.append(id)
        }
        #expect(ids.count == expected)
        // The PING that finds a dead peer is not in their way, nor they in its.
        guard case .sendPing? = session.tick(nowNanoseconds: 5 * Self.second) else {
            Issue.record("no PING with all requests in flight")
            return
        }
        _ = session.answered(ids[0])
        let admission = session.begin(.send, context: 0, byteCount: 1, nowNanoseconds: 0)
        guard case .admitted = admission else {
            Issue.record("not admitted beside a PING: \(admission)")
            return
        }
        #expect(
            session.begin(.send, context: 0, byteCount: 1, nowNanoseconds: 0) == .tooManyRequests)
    }

    @Test func connectingAndShakingHandsShareOneTimeout() {
        var session = ClientSessionStateMachine(terms: makeTerms())
        _ = session.open(nowNanoseconds: 0)
        let limit = 10 * Self.second
        #expect(session.tick(nowNanoseconds: limit) == nil)
        _ = session.connected(nowNanoseconds: 9 * Self.second)
        #expect(
            session.tick(nowNanoseconds: limit + 1) == .drop(.connectTimedOut),
            "the documented bound covers connecting and the handshake together")
    }

    @Test func outputThatDoesNotMoveIsNotWaitedForForEver() {
        var terms = makeTerms()
        terms.writeTimeoutNanoseconds = 3 * Self.second
        var session = makeReady(terms)
        session.outputWaits(nowNanoseconds: Self.second)
        #expect(session.nextTickNanoseconds == 4 * Self.second + 1)
        // Told again: the wait has begun before.
        session.outputWaits(nowNanoseconds: 3 * Self.second)
        #expect(session.tick(nowNanoseconds: 4 * Self.second) == nil)
        session.outputMoved()
        #expect(session.tick(nowNanoseconds: 4 * Self.second + 1) == nil)
        session.outputWaits(nowNanoseconds: 4 * Self.second + 1)
        #expect(session.tick(nowNanoseconds: 7 * Self.second + 2) == .drop(.writeTimedOut))
        session.lost(.writeTimedOut, nowNanoseconds: 8 * Self.second)
        let phase = session.phase
        guard case .waiting = phase else {
            Issue.record("a passing loss ended the session: \(phase)")
            return
        }
        #expect(session.tick(nowNanoseconds: 60 * Self.second) == .connect, "a new start")
        #expect(session.nextTickNanoseconds > 60 * Self.second)
    }

    /// Without a bound nothing overflows.
    @Test func outputMayWaitForEverWhereNobodySaysOtherwise() {
        var session = makeReady(makeTerms())
        session.outputWaits(nowNanoseconds: Self.second)
        #expect(session.tick(nowNanoseconds: Self.second * 2) == nil)
        #expect(session.nextTickNanoseconds < Self.second * 100)
    }

    @Test func boundsOfRequestsInFlight() {
        var session = makeReady(makeTerms())
        // One request is always allowed, however large.
        #expect(
            session.begin(.send, context: 1, byteCount: 5_000, nowNanoseconds: 1)
                == .admitted(requestId: 1))
        #expect(
            session.begin(.send, context: 2, byteCount: 1, nowNanoseconds: 1) == .tooManyBytes)
        #expect(session.answered(1)?.context == 1)
        #expect(session.answered(1) == nil)
        for _ in 0..<4 {
            guard
                case .admitted = session.begin(
                    .send, context: 0, byteCount: 10, nowNanoseconds: 2)
            else {
                Issue.record("four requests fit")
                return
            }
        }
        #expect(
            session.begin(.send, context: 0, byteCount: 10, nowNanoseconds: 2)
                == .tooManyRequests)
    }

    @Test func aRequestTimesOutOnceAndItsLateAnswerIsIgnored() {
        var session = makeReady(makeTerms())
        _ = session.begin(
            .fetch, context: 9, byteCount: 10, nowNanoseconds: 0, timeoutNanoseconds: 100)
        #expect(session.nextTickNanoseconds == 100)
        #expect(session.tick(nowNanoseconds: 99) == nil)
        guard case .timedOut(let request) = session.tick(nowNanoseconds: 100) else {
            Issue.record("the deadline has come")
            return
        }
        #expect(request.context == 9)
        #expect(session.tick(nowNanoseconds: 100) == nil)
        #expect(session.answered(request.id) == nil)
    }

    @Test func silenceAsksAndThenDrops() {
        var session = makeReady(makeTerms())
        // Half the broker's interval, so that one late timer is not a missed heartbeat.
        #expect(session.tick(nowNanoseconds: 5 * Self.second - 1) == nil)
        guard case .sendPing(let id) = session.tick(nowNanoseconds: 5 * Self.second) else {
            Issue.record("silence is to be broken")
            return
        }
        #expect(session.tick(nowNanoseconds: 5 * Self.second) == nil)
        session.heard(nowNanoseconds: 6 * Self.second)
        #expect(session.answered(id) != nil)
        // Sending alone does not count as hearing.
        session.sentOneWay(nowNanoseconds: 10 * Self.second)
        guard case .sendPing = session.tick(nowNanoseconds: 11 * Self.second) else {
            Issue.record("nothing was heard for a heartbeat")
            return
        }
        #expect(session.tick(nowNanoseconds: 26 * Self.second - 1) == nil)
        #expect(session.tick(nowNanoseconds: 26 * Self.second) == .drop(.heartbeatMissed))
    }

    /// A PING is sent also when all slots for requests are taken: it is what finds a dead peer.
    @Test func aFullTableStillFindsADeadPeer() {
        var terms = makeTerms()
        terms.requestTimeoutNanoseconds = 3_600 * Self.second
        var session = makeReady(terms)
        for _ in 0..<4 {
            _ = session.begin(.fetch, context: 0, byteCount: 1, nowNanoseconds: 0)
        }
        var now: Int64 = 0
        var hasDropped = false
        var tickCount = 0
        while now < 120 * Self.second, !hasDropped, tickCount < 100_000 {
            tickCount += 1
            now = max(session.nextTickNanoseconds, now)
            while let action = session.tick(nowNanoseconds: now) {
                if case .drop(.heartbeatMissed) = action { hasDropped = true }
                if hasDropped { break }
            }
            now += 1_000_000
        }
        #expect(hasDropped)
        #expect(tickCount < 1_000, "the session span \(tickCount) times without doing anything")
    }

    @Test func lossReconnectsWithBackOffUnlessPermanent() {
        var session = makeReady(makeTerms())
        _ = session.begin(.send, context: 3, byteCount: 1, nowNanoseconds: 0)
        session.lost(.endOfStream, nowNanoseconds: 100)
        #expect(session.takeLost()?.context == 3)
        #expect(session.takeLost() == nil)
        let until = session.nextTickNanoseconds
        #expect(until > 100 && until <= 100 + 50_000_000)
        #expect(session.tick(nowNanoseconds: until - 1) == nil)
        #expect(session.tick(nowNanoseconds: until) == .connect)
        session.lost(.refused(.tooManyConnections), nowNanoseconds: until)
        guard case .waiting = session.phase else {
            Issue.record("a full broker may have room later")
            return
        }
        var final = makeReady(makeTerms())
        final.lost(.refused(.unsupportedVersion), nowNanoseconds: 0)
        #expect(final.phase == .closed(.refused(.unsupportedVersion)))
        #expect(final.nextTickNanoseconds == .max)
        var closed = makeReady(makeTerms())
        closed.lost(.closedByCaller, nowNanoseconds: 0)
        #expect(closed.phase == .closed(.closedByCaller))
    }
}
