// The rules of a pool as transcripts, and under many random orders of events.

import AeroClient
import TestSupport
import Testing

struct ConnectionPoolStateMachineTests {
    private func makeMachine(
        connections: Int, leases: Int = 1
    ) -> ConnectionPoolStateMachine {
        ConnectionPoolStateMachine(
            terms: ConnectionPoolTerms(
                connectionCountMax: connections, leaseCountMax: leases,
                idleTimeoutNanoseconds: 100, checkAfterNanoseconds: 20))
    }

    private func acquire(
        _ pool: inout ConnectionPoolStateMachine, _ now: Int64
    ) -> PoolAdmission { pool.acquire(nowNanoseconds: now, deadlineNanoseconds: now + 50).0 }

    @Test func unusedOnesComeFirstThenNewOnesThenWaiting() {
        var pool = makeMachine(connections: 2)
        #expect(acquire(&pool, 0) == .granted(.connect(connection: 1)))
        #expect(acquire(&pool, 0) == .granted(.connect(connection: 2)))
        #expect(acquire(&pool, 1) == .waits)
        #expect(acquire(&pool, 2) == .waits)
        #expect(pool.nextDueNanoseconds == 51)
        #expect(pool.connected(1, nowNanoseconds: 3).isEmpty, "its maker has it")
        #expect(pool.connected(2, nowNanoseconds: 3).isEmpty)
        #expect(
            pool.release(2, nowNanoseconds: 4) == [
                PoolAward(waiter: 1, grant: .lease(connection: 2, needsCheck: false))
            ])
        #expect(
            pool.release(1, nowNanoseconds: 5) == [
                PoolAward(waiter: 2, grant: .lease(connection: 1, needsCheck: false))
            ])
        #expect(pool.release(1, nowNanoseconds: 6).isEmpty)
        #expect(pool.release(2, nowNanoseconds: 7).isEmpty)
        // The one used last is lent again, so that the other may rest.
        #expect(
            acquire(&pool, 8) == .granted(.lease(connection: 2, needsCheck: false)))
        #expect(pool.leaseCount == 1 && pool.connectionCount == 2)
    }

    @Test func sharedOnesAreTheLeastLoaded() {
        var pool = makeMachine(connections: 2, leases: 3)
        for _ in 0..<2 { _ = acquire(&pool, 0) }
        _ = pool.connected(1, nowNanoseconds: 0)
        _ = pool.connected(2, nowNanoseconds: 0)
        let next = (0..<5).map { _ in acquire(&pool, 1) }
        #expect(
            next == [
                .granted(.lease(connection: 1, needsCheck: false)),
                .granted(.lease(connection: 2, needsCheck: false)),
                .granted(.lease(connection: 1, needsCheck: false)),
                .granted(.lease(connection: 2, needsCheck: false)), .waits,
            ])
        _ = pool.release(2, nowNanoseconds: 2)
        #expect(acquire(&pool, 3) == .waits, "the one who waited has it")
    }

    @Test func aConnectionThatIsMadeServesAllWhoWaitForIt() {
        var pool = makeMachine(connections: 1, leases: 3)
        #expect(acquire(&pool, 0) == .granted(.connect(connection: 1)))
        for _ in 0..<3 { #expect(acquire(&pool, 0) == .waits) }
        #expect(pool.connected(1, nowNanoseconds: 1).map(\.waiter) == [1, 2])
        #expect(pool.leaseCount == 3 && pool.waiterCount == 1)
    }

    @Test func aFailureLetsTheNextOneTry() {
        var pool = makeMachine(connections: 1)
        #expect(acquire(&pool, 0) == .granted(.connect(connection: 1)))
        #expect(acquire(&pool, 0) == .waits)
        #expect(
            pool.connectFailed(1, nowNanoseconds: 1) == [
                PoolAward(waiter: 1, grant: .connect(connection: 2))
            ])
        _ = pool.connected(2, nowNanoseconds: 2)
        #expect(acquire(&pool, 3) == .waits)
        #expect(
            pool.discard(2, nowNanoseconds: 4) == [
                PoolAward(waiter: 2, grant: .connect(connection: 3))
            ], "a broken one makes room for a new one")
        #expect(!pool.contains(2))
    }

    @Test func longRestsAreCheckedAndLongerOnesEnd() {
        var pool = makeMachine(connections: 2)
        _ = acquire(&pool, 0)
        _ = pool.connected(1, nowNanoseconds: 0)
        _ = pool.release(1, nowNanoseconds: 0)
        #expect(
            acquire(&pool, 19) == .granted(.lease(connection: 1, needsCheck: false)))
        _ = pool.release(1, nowNanoseconds: 20)
        #expect(
            acquire(&pool, 40) == .granted(.lease(connection: 1, needsCheck: true)))
        _ = pool.release(1, nowNanoseconds: 50)
        #expect(pool.nextDueNanoseconds == 150)
        #expect(pool.takeIdle(nowNanoseconds: 149).isEmpty)
        #expect(pool.takeIdle(nowNanoseconds: 150) == [1])
        #expect(pool.connectionCount == 0 && pool.nextDueNanoseconds == .max)
    }

    @Test func waitersHaveDeadlinesAndMayWithdraw() {
        var pool = makeMachine(connections: 1)
        _ = acquire(&pool, 0)
        let (_, first) = pool.acquire(nowNanoseconds: 0, deadlineNanoseconds: 30)
        let (_, second) = pool.acquire(nowNanoseconds: 0, deadlineNanoseconds: 10)
        let (_, third) = pool.acquire(nowNanoseconds: 0, deadlineNanoseconds: 20)
        #expect(pool.takeDueWaiters(nowNanoseconds: 10) == [second])
        pool.withdraw(first)
        _ = pool.connected(1, nowNanoseconds: 11)
        #expect(pool.release(1, nowNanoseconds: 12).map(\.waiter) == [third])
    }

    /// Whatever happens in whatever order: bounds hold, nobody waits beside an unused connection,
    /// and in the end everything is back.
    @Test func anyOrderOfEventsKeepsTheBounds() {
        let seed = TestSeed.current
        for round in 0..<200 {
            var random = SplitMix64(seed: seed &+ UInt64(round))
            let connections = Int.random(in: 1...4, using: &random)
            let leases = Int.random(in: 1...3, using: &random)
            var pool = makeMachine(connections: connections, leases: leases)
            var making: [Int] = []
            var lent: [Int] = []
            var now: Int64 = 0
            func take(_ grant: PoolGrant) {
                switch grant {
                case .connect(let number): making.append(number)
                case .lease(let number, _): lent.append(number)
                }
            }
            func take(_ awards: [PoolAward]) { for award in awards { take(award.grant) } }
            for _ in 0..<300 {
                now += Int64.random(in: 0...20, using: &random)
                switch Int.random(in: 0..<8, using: &random) {
                case 0..<3:
                    if case .granted(let grant) = acquire(&pool, now) { take(grant) }
                case 3 where !making.isEmpty:
                    let number = making.remove(
                        at: Int.random(in: 0..<making.count, using: &random))
                    lent.append(number)
                    take(pool.connected(number, nowNanoseconds: now))
                case 4 where !making.isEmpty:
                    take(pool.connectFailed(making.removeFirst(), nowNanoseconds: now))
                case 5, 6:
                    guard !lent.isEmpty else { break }
                    let number = lent.remove(
                        at: Int.random(in: 0..<lent.count, using: &random))
                    take(
                        Int.random(in: 0..<5, using: &random) == 0
                            ? pool.discard(number, nowNanoseconds: now)
                            : pool.release(number, nowNanoseconds: now))
                default:
                    _ = pool.takeDueWaiters(nowNanoseconds: now)
                    for number in pool.takeIdle(nowNanoseconds: now) {
                        #expect(!lent.contains(number), "seed \(seed), round \(round)")
                    }
                }
                #expect(pool.connectionCount <= connections, "seed \(seed), round \(round)")
                #expect(pool.leaseCount == lent.count, "seed \(seed), round \(round)")
                let loads = Dictionary(lent.map { ($0, 1) }, uniquingKeysWith: +).values
                #expect(loads.allSatisfy { $0 <= leases }, "seed \(seed), round \(round)")
                if pool.waiterCount > 0 {
                    #expect(
                        !making.isEmpty || !lent.isEmpty,
                        "somebody waits for nothing: seed \(seed), round \(round)")
                }
            }
            while let number = making.popLast() {
                take(pool.connectFailed(number, nowNanoseconds: now))
                _ = pool.takeDueWaiters(nowNanoseconds: now + 100)
            }
            while let number = lent.popLast() {
                take(pool.release(number, nowNanoseconds: now))
                while let made = making.popLast() {
                    take(pool.connectFailed(made, nowNanoseconds: now))
                }
            }
            #expect(pool.leaseCount == 0 && pool.waiterCount == 0, "seed \(seed)")
            #expect(pool.takeIdle(nowNanoseconds: now + 200).count <= connections)
            #expect(pool.connectionCount == 0, "seed \(seed), round \(round)")
        }
    }
}
