// What every poller must do: accepting, connecting, waking and timing.

import AeroIO
import Glibc
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(10)))
struct PollerListenerTests {
    static let listener = Token(index: 0, generation: 1)
    static let token = Token(index: 1, generation: 1)

    @Test(arguments: PollerUnderTest.usable)
    func acceptsABurst(_ kind: PollerUnderTest) throws {
        var harness = try PollerHarness(kind)
        let (listener, address) = try harness.listen()
        var peers: [any FarEnd] = []
        for _ in 0..<150 { peers.append(try harness.connectFarEnd(to: address)) }
        try harness.poller.addListener(FileDescriptor(owning: listener), token: Self.listener)
        try harness.turn(until: "accepted") { $0.accepted.count == 150 }
        for _ in 0..<150 { peers.append(try harness.connectFarEnd(to: address)) }
        try harness.turn(until: "accepted") { $0.accepted.count == 300 }
        // Accepted descriptors neither block nor leak into child processes.
        for descriptor in harness.accepted {
            #expect(fcntl(descriptor, F_GETFL) & O_NONBLOCK != 0)
            #expect(fcntl(descriptor, F_GETFD) & FD_CLOEXEC != 0)
        }
        try harness.close(Self.listener)
    }

    @Test(arguments: PollerUnderTest.usable)
    func connectsAndSendsWhatWasGivenBefore(_ kind: PollerUnderTest) throws {
        var harness = try PollerHarness(kind)
        let (listener, address) = try harness.listen()
        try harness.poller.addListener(FileDescriptor(owning: listener), token: Self.listener)
        try harness.poller.connect(to: address, token: Self.token)
        let content = pattern(5000)
        try content.withUnsafeBytes { bytes in
            harness.poller.send(Self.token, bytes)
            harness.poller.shutdownWriting(Self.token)
            try harness.turn(until: "sent") { $0.log.contains(.sent(Self.token, 5000)) }
        }
        #expect(harness.log.first { $0.concerns(Self.token) } == .connected(Self.token))
        try harness.turn(until: "accepted") { !$0.accepted.isEmpty }
        let peer = try harness.takeAccepted()
        #expect(try peer.read(5000) == content)
        #expect(peer.isAtEnd())
    }

    @Test(arguments: PollerUnderTest.usable)
    func reportsARefusedConnect(_ kind: PollerUnderTest) throws {
        var harness = try PollerHarness(kind)
        // Bound, so that nobody else can have the port, and not listening.
        let holder = TestSocket.bound()
        let address = try TCPConnection.localAddress(of: holder)
        do {
            try harness.poller.connect(to: address, token: Self.token)
            try harness.turn(until: "failed") {
                $0.log.last == .failed(Self.token, .connectionRefused)
            }
            try harness.close(Self.token)
        } catch let error as Errno {
            // Loopback may know at once.
            #expect(error == .connectionRefused)
        }
    }

    /// A connect that stays in progress: the backlog of the listener is full.
    @Test(arguments: PollerUnderTest.usable)
    func closesAConnectInProgress(_ kind: PollerUnderTest) throws {
        var harness = try PollerHarness(kind)
        let (descriptor, address) = try harness.listen(backlog: 1)
        // Held, not given to a poller: nobody accepts.
        let listener = FileDescriptor(owning: descriptor)
        var tokens: [Token] = []
        for index in 0..<6 {
            let token = Token(index: UInt32(index), generation: 3)
            try harness.poller.connect(to: address, token: token)
            tokens.append(token)
        }
        for _ in 0..<3 { try harness.turn(timeoutNanoseconds: 1_000_000) }
        let connected = tokens.filter { harness.log.contains(.connected($0)) }
        #expect(connected.count < tokens.count)
        for token in tokens { try harness.close(token) }
        _ = consume listener
    }

    /// Runs in a process of its own, since the limit of descriptors is the process's.
    @Test(arguments: PollerUnderTest.real)
    func restsWhenDescriptorsAreExhausted(_ kind: PollerUnderTest) async {
        let name = kind.rawValue
        await #expect(processExitsWith: .success) { [name = name as String] in
            let kind = try #require(PollerUnderTest(rawValue: name))
            var configuration = PollerConfiguration()
            configuration.acceptRetryNanoseconds = 20_000_000
            var harness = try PollerHarness(kind, configuration)
            let listener = try TCPListener.bind(.loopback(port: 0))
            let address = listener.localAddress
            try harness.poller.addListener(listener.take(), token: Self.listener)
            var peers: [TestSocket] = []
            for _ in 0..<3 { peers.append(try TestSocket.connect(to: address)) }
            let (near, far) = try harness.makeConnection()
            try harness.poller.addConnection(FileDescriptor(owning: near), token: Self.token)
            // From here on no descriptor is free.
            var fillers: [Int32] = []
            while case let filler = dup(0), filler >= 0 {
                fillers.append(filler)
                if fillers.count == 1 {
                    var limit = rlimit(rlim_cur: rlim_t(filler) + 64, rlim_max: 0)
                    limit.rlim_max = limit.rlim_cur
                    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
                }
            }
            let begin = MonotonicClock.nowNanoseconds()
            try harness.turn(until: "three failures") {
                $0.log.count { $0 == .failed(Self.listener, .tooManyFiles) } == 3
            }
            // Two rests lie between three failures: it doesn't spin.
            let elapsed = MonotonicClock.nowNanoseconds() - begin
            #expect(elapsed >= 2 * configuration.acceptRetryNanoseconds)
            #expect(harness.poller.statistics.acceptCount < 10)
            // Others are served meanwhile.
            try far.write([1])
            try harness.turn(until: "bytes") { $0.byteCount(Self.token) == 1 }
            // A connection that is closed makes room at once; then the rest follows.
            try harness.close(Self.token)
            try harness.turn(until: "one accepted") { $0.accepted.count >= 1 }
            for filler in fillers { _ = close(filler) }
            try harness.turn(until: "all accepted") { $0.accepted.count == 3 }
            exit(EXIT_SUCCESS)
        }
    }

    @Test(arguments: PollerUnderTest.usable, [0, 200_000] as [Int64])
    func coalescesWakesFromAnotherThread(_ kind: PollerUnderTest, _ spin: Int64) throws {
        var configuration = PollerConfiguration()
        configuration.spinNanoseconds = spin
        var harness = try PollerHarness(kind, configuration)
        let waker = harness.poller.waker
        let thread = try SystemThread.start(name: "waker") {
            for _ in 0..<1000 { waker.wake() }
        }
        thread.join()
        try harness.turn(timeoutNanoseconds: -1)
        for _ in 0..<3 { try harness.turn(timeoutNanoseconds: 0) }
        #expect(harness.log == [.woken])
        #expect(harness.poller.statistics.wakeCount == 1)
    }

    /// No wake is lost: each turn sleeps until the other side has moved.
    @Test(arguments: PollerUnderTest.real, [0, 20_000] as [Int64])
    func wakesASleepingThreadEachTime(_ kind: PollerUnderTest, _ spin: Int64) throws {
        let rounds = 2000
        var configuration = PollerConfiguration()
        configuration.spinNanoseconds = spin
        let shared = WakeRounds()
        var harness = try PollerHarness(kind, configuration)
        let waker = harness.poller.waker
        let thread = try SystemThread.start(name: "waker") {
            for round in 1...rounds {
                shared.posted.store(round, ordering: .releasing)
                waker.wake()
                while shared.seen.load(ordering: .acquiring) < round { sched_yield() }
            }
        }
        for round in 1...rounds {
            while shared.posted.load(ordering: .acquiring) < round {
                try harness.poller.wait(timeoutNanoseconds: -1)
                while harness.poller.next() != nil {}
            }
            shared.seen.store(round, ordering: .releasing)
        }
        thread.join()
    }

    @Test(arguments: PollerUnderTest.real, [0, 50_000] as [Int64])
    func waitsLastAsLongAsToldAndKeepTheirOrder(_ kind: PollerUnderTest, _ spin: Int64) throws {
        var configuration = PollerConfiguration()
        configuration.spinNanoseconds = spin
        var harness = try PollerHarness(kind, configuration)
        try harness.turn(timeoutNanoseconds: 0)
        // The shortest of a few, since a busy machine may make any one of them late.
        var elapsed: [Int64] = []
        for (timeout, attempts) in [(300_000, 5), (3_000_000, 5), (300_000_000, 1)]
            as [(Int64, Int)]
        {
            let durations = try (0..<attempts).map { _ in try duration(of: timeout, &harness) }
            elapsed.append(durations.min() ?? 0)
        }
        #expect(elapsed[0] < elapsed[2] && elapsed[1] < elapsed[2], "\(elapsed)")
        #expect(harness.log.isEmpty)
    }

    /// How long it takes to wait for `timeout`, which is never too short.
    func duration(of timeout: Int64, _ harness: inout PollerHarness) throws -> Int64 {
        let begin = MonotonicClock.nowNanoseconds()
        var turns = 0
        var duration: Int64 = 0
        // A thread on which a ring was closed gets interruptions some time after.
        while duration < timeout {
            try harness.turn(timeoutNanoseconds: timeout - duration)
            duration = MonotonicClock.nowNanoseconds() - begin
            turns += 1
        }
        #expect(turns < 50)
        return duration
    }

    @Test(arguments: PollerUnderTest.usable)
    func trapsOnMisuse(_ kind: PollerUnderTest) async {
        let name = kind.rawValue
        await #expect(processExitsWith: .failure) { [name = name as String] in
            let kind = try #require(PollerUnderTest(rawValue: name))
            var harness = try PollerHarness(kind)
            harness.poller.close(Token(index: 9, generation: 9))
        }
        await #expect(processExitsWith: .failure) { [name = name as String] in
            let kind = try #require(PollerUnderTest(rawValue: name))
            var harness = try PollerHarness(kind)
            let (near, _) = try harness.makeConnection()
            try harness.poller.addConnection(FileDescriptor(owning: near), token: Self.token)
            let bytes = pattern(10)
            bytes.withUnsafeBytes {
                harness.poller.send(Self.token, $0)
                harness.poller.send(Self.token, $0)
            }
        }
    }
}

/// What the two threads of a wake test tell each other.
private final class WakeRounds: Sendable {
    let posted = Atomic<Int>(0)
    let seen = Atomic<Int>(0)
}
