// A pool against a real broker: lending, sharing, exhaustion, faults, idleness, closing.

import AeroClient
import Synchronization
import Testing

/// Counts who has a connection at one time.
private final class Users: Sendable {
    private struct Count {
        var now = 0
        var most = 0
    }

    private let count = Mutex(Count())

    var most: Int { count.withLock { $0.most } }

    func use(_ pool: ConnectionPool) async throws {
        let lease = try await pool.borrow()
        count.withLock { count in
            count.now += 1
            count.most = max(count.most, count.now)
        }
        _ = try await lease.connection.admin.list()
        count.withLock { $0.now -= 1 }
        lease.giveBack()
    }
}

@Suite(.timeLimit(.minutes(10))) struct ConnectionPoolTests {
    /// Looks until something is so, and not for ever: others need the thread that this takes.
    private func expectSoon(_ isSo: () -> Bool) async {
        let end = ContinuousClock.now + .seconds(120)
        while !isSo(), ContinuousClock.now < end { await Task.yield() }
        #expect(isSo())
    }

    private func runPool(
        _ configure: (inout ConnectionPoolOptions) -> Void = { _ in },
        _ body: (ConnectionPool, CuttingProxy) async throws -> Void
    ) async throws {
        try await TestBroker.run { address in
            let proxy = try CuttingProxy(to: address)
            defer { proxy.stop() }
            var options = ConnectionPoolOptions()
            options.connection.reconnectBackoff = .milliseconds(1) ... .milliseconds(20)
            options.connection.connectTimeout = .seconds(120)
            // A test waits for what happens, however busy the machine is.
            options.acquireTimeout = .seconds(540)
            configure(&options)
            let pool = try ConnectionPool(to: proxy.address, options: options)
            try await body(pool, proxy)
            await pool.close()
        }
    }

    @Test func connectionsAreMadeWhenNeededAndUsedAgain() async throws {
        try await runPool { pool, _ in
            #expect(pool.statistics.openCount == 0)
            for _ in 0..<20 {
                let names = try await pool.withConnection { try await $0.admin.list() }
                #expect(names.isEmpty)
            }
            #expect(pool.statistics.madeCount == 1 && pool.statistics.lentCount == 20)
            let leases = [try await pool.borrow(), try await pool.borrow()]
            #expect(leases[0].connection !== leases[1].connection)
            #expect(pool.statistics.leaseCount == 2)
            leases[0].giveBack()
            leases[0].giveBack()
            #expect(pool.statistics.leaseCount == 1)
            let again = try await pool.borrow()
            #expect(again.connection === leases[0].connection)
        }
    }

    @Test func aDroppedLeaseComesBack() async throws {
        try await runPool({ $0.maximumConnections = 1 }) { pool, _ in
            var lease: ConnectionLease? = try await pool.borrow()
            #expect(lease != nil && pool.statistics.leaseCount == 1)
            lease = nil
            #expect(pool.statistics.leaseCount == 0)
            try await pool.withConnection { _ in }
        }
    }

    @Test func manyTasksShareFewConnections() async throws {
        try await runPool({ $0.maximumConnections = 3 }) { pool, _ in
            let users = Users()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<60 {
                    group.addTask { try await users.use(pool) }
                }
                try await group.waitForAll()
            }
            #expect(users.most <= 3)
            #expect(pool.statistics.madeCount <= 3 && pool.statistics.lentCount == 60)
            #expect(pool.statistics.waitingCount == 0 && pool.statistics.exhaustedCount == 0)
        }
    }

    @Test func sharingPicksTheLeastLoaded() async throws {
        try await runPool({
            $0.maximumConnections = 2
            $0.maximumLeasesPerConnection = 10
        }) { pool, _ in
            var leases: [ConnectionLease] = []
            for _ in 0..<20 { leases.append(try await pool.borrow()) }
            let loads = Dictionary(
                leases.map { (ObjectIdentifier($0.connection), 1) }, uniquingKeysWith: +)
            #expect(loads.values.sorted() == [10, 10])
            #expect(pool.statistics.openCount == 2)
        }
    }

    @Test func exhaustionIsBoundedAndTyped() async throws {
        try await runPool({
            $0.maximumConnections = 1
            $0.acquireTimeout = .milliseconds(50)
        }) { pool, proxy in
            let lease = try await pool.borrow()
            let error = await clientError { _ = try await pool.borrow() }
            #expect(error?.code == .poolExhausted)
            #expect(error?.isRetriable == true)
            #expect(error?.brokerAddress == proxy.address)
            #expect(pool.statistics.exhaustedCount == 1 && pool.statistics.waitingCount == 0)
            lease.giveBack()
            try await pool.withConnection { _ in }
        }
        try await runPool({
            $0.maximumConnections = 1
            $0.acquireTimeout = .zero
        }) { pool, _ in
            let lease = try await pool.borrow()
            let error = await clientError { _ = try await pool.borrow() }
            #expect(error?.code == .poolExhausted)
            withExtendedLifetime(lease) {}
        }
    }

    @Test func aCancelledWaitTakesNothingAlong() async throws {
        try await runPool({
            $0.maximumConnections = 1
            $0.acquireTimeout = .seconds(50)
        }) { pool, _ in
            for _ in 0..<50 {
                let lease = try await pool.borrow()
                let waiting = Task { await clientError { _ = try await pool.borrow() } }
                let other = Task { try await pool.withConnection { try await $0.admin.list() } }
                waiting.cancel()
                lease.giveBack()
                let error = await waiting.value
                #expect(error == nil || error?.code == .cancelled)
                let names = try await other.value
                #expect(names.isEmpty)
            }
            #expect(pool.statistics.leaseCount == 0 && pool.statistics.madeCount == 1)
        }
    }

    @Test func aCancelledConnectGivesItsPlaceBack() async throws {
        try await runPool({ $0.maximumConnections = 1 }) { pool, proxy in
            proxy.holdAnswers()
            let connecting = Task { await clientError { _ = try await pool.borrow() } }
            let behind = Task { try await pool.withConnection { try await $0.admin.list() } }
            await expectSoon { pool.statistics.waitingCount > 0 }
            connecting.cancel()
            proxy.releaseAnswers()
            let error = await connecting.value
            #expect(error == nil || error?.code == .cancelled)
            let names = try await behind.value
            #expect(names.isEmpty)
        }
    }

    // MARK: - Faults

    @Test func killedConnectionsAreReplaced() async throws {
        try await runPool({
            $0.maximumConnections = 2
            $0.connection.reconnects = false
        }) { pool, proxy in
            for round in 1...5 {
                let leases = [try await pool.borrow(), try await pool.borrow()]
                for lease in leases { lease.giveBack() }
                proxy.cut()
                for lease in leases {
                    for await state in lease.connection.stateChanges where state != .connected {
                        break
                    }
                }
                for _ in 0..<4 {
                    _ = try await pool.withConnection { try await $0.admin.list() }
                }
                #expect(pool.statistics.openCount <= 2, "round \(round)")
            }
            #expect(pool.statistics.brokenCount == 10 && pool.statistics.madeCount == 11)
        }
    }

    /// Connections that reconnect by themselves are lent again, or replaced: both are well.
    @Test func cutsWhileInUseAreSurvived() async throws {
        try await runPool({ $0.maximumConnections = 3 }) { pool, proxy in
            for _ in 0..<10 {
                await withTaskGroup(of: ClientError?.self) { group in
                    for _ in 0..<6 {
                        group.addTask {
                            await clientError {
                                let lease = try await pool.borrow()
                                _ = try await lease.connection.admin.list()
                            }
                        }
                    }
                    proxy.cut()
                    // Connecting may meet a cut, too.
                    for await case let error? in group {
                        #expect(error.isRetriable, "\(error)")
                    }
                }
            }
            _ = try await pool.withConnection { try await $0.admin.list() }
            #expect(pool.statistics.leaseCount == 0 && pool.statistics.openCount <= 3)
        }
    }

    @Test func aBrokerThatIsAwayIsSaidAtOnceAndFoundAgain() async throws {
        try await runPool({ $0.maximumConnections = 2 }) { pool, proxy in
            proxy.refuse()
            for _ in 0..<3 {
                let error = await clientError { _ = try await pool.borrow() }
                #expect(error?.code == .connectionLost)
            }
            #expect(pool.statistics.openCount == 0 && pool.statistics.leaseCount == 0)
            proxy.accept()
            _ = try await pool.withConnection { try await $0.admin.list() }
        }
    }

    /// The other end is silent, which only a question finds out.
    @Test func aConnectionThatGivesNoSignOfLifeIsReplaced() async throws {
        try await runPool({
            $0.healthCheckInterval = .zero
            $0.healthCheckTimeout = .milliseconds(100)
        }) { pool, proxy in
            let first = try await pool.borrow()
            let connection = first.connection
            first.giveBack()
            let second = try await pool.borrow()
            #expect(second.connection === connection, "it answered")
            second.giveBack()
            proxy.holdAnswers()
            let borrowing = Task { try await pool.borrow() }
            await expectSoon { pool.statistics.brokenCount > 0 }
            proxy.releaseAnswers()
            let third = try await borrowing.value
            #expect(third.connection !== connection)
            #expect(try await third.connection.admin.list().isEmpty)
        }
    }

    // MARK: - Time and end

    @Test func unusedConnectionsAreClosed() async throws {
        try await TestBroker.run { address in
            let pool = try ConnectionPool(
                to: address, options: ConnectionPoolOptions { $0.idleTimeout = .milliseconds(50) })
            let leases = [
                try await pool.borrow(), try await pool.borrow(), try await pool.borrow(),
            ]
            leases[0].giveBack()
            leases[1].giveBack()
            await expectSoon { pool.statistics.idleClosedCount == 2 }
            #expect(pool.statistics.openCount == 1)
            // The broker agrees.
            while try await leases[2].connection.admin.statistics()["connections.open"] != 1 {}
            await pool.close()
        }
    }

    @Test func closingEndsEverything() async throws {
        try await TestBroker.run { address in
            let pool = try ConnectionPool(
                to: address,
                options: ConnectionPoolOptions {
                    $0.maximumConnections = 1
                    $0.acquireTimeout = .seconds(540)
                })
            let lease = try await pool.borrow()
            try await lease.connection.admin.create("orders")
            let producer = try await lease.connection.makeProducer(
                topic: "orders", options: ProducerOptions { $0.linger = .seconds(30) })
            let stored = Mutex(0)
            for number in 0..<10 {
                try producer.enqueue(Message("\(number)")) { result in
                    if case .success = result { stored.withLock { $0 += 1 } }
                }
            }
            let waiting = Task { await clientError { _ = try await pool.borrow() } }
            await expectSoon { pool.statistics.waitingCount > 0 }
            await pool.close()
            #expect(await waiting.value?.code == .closed)
            #expect(stored.withLock { $0 } == 10, "what was accepted is delivered")
            #expect(lease.connection.state == .closed(nil))
            #expect(await clientError { _ = try await pool.borrow() }?.code == .closed)
            lease.giveBack()
            await pool.close()
        }
    }

    /// Without a word: unused connections go at once, a lent one when it comes back.
    @Test func aDroppedPoolClosesItsConnections() async throws {
        try await TestBroker.run { address in
            let observer = try await Connection.connect(to: address)
            var pool: ConnectionPool? = try ConnectionPool(to: address)
            let kept = try await pool?.borrow()
            let unused = try await pool?.borrow()
            unused?.giveBack()
            pool = nil
            while try await observer.admin.statistics()["connections.open"] != 2 {}
            _ = try await kept?.connection.admin.list()
            kept?.giveBack()
            while try await observer.admin.statistics()["connections.open"] != 1 {}
            await observer.close()
        }
    }

    @Test func optionsHaveBounds() throws {
        let cases: [(inout ConnectionPoolOptions) -> Void] = [
            { $0.maximumConnections = 0 }, { $0.maximumLeasesPerConnection = 0 },
            { $0.acquireTimeout = .seconds(-1) }, { $0.idleTimeout = .zero },
            { $0.healthCheckTimeout = .zero }, { $0.connection.maximumMemory = 0 },
        ]
        for change in cases {
            var options = ConnectionPoolOptions()
            try options.validate()
            change(&options)
            let changed = options
            do throws(ClientError) {
                _ = try ConnectionPool(to: "127.0.0.1:1", options: changed)
                Issue.record("taken")
            } catch {
                #expect(error.code == .invalidConfiguration)
            }
        }
    }
}
