// The timer wheel against a sorted list.

import AeroIO
import TestSupport
import Testing

@Suite struct TimerWheelTests {
    @Test func expiresNeverEarlyAndAtMostATickLate() {
        var wheel = TimerWheel(tickNanoseconds: 1000, nowNanoseconds: 5_000_000)
        wheel.insert(deadlineNanoseconds: 5_010_001, payload: 1)
        #expect(wheel.popExpired(nowNanoseconds: 5_010_999) == nil)
        #expect(wheel.nextDeadlineNanoseconds == 5_011_000)
        #expect(wheel.popExpired(nowNanoseconds: 5_011_000) == 1)
        #expect(wheel.popExpired(nowNanoseconds: 5_011_000) == nil)
        #expect(wheel.nextDeadlineNanoseconds == nil)
        #expect(wheel.count == 0)
    }

    @Test func expiresThePastAtOnce() {
        var wheel = TimerWheel(nowNanoseconds: 1_000_000_000)
        wheel.insert(deadlineNanoseconds: .min, payload: 1)
        wheel.insert(deadlineNanoseconds: 5, payload: 2)
        #expect((wheel.nextDeadlineNanoseconds ?? .max) <= 1_000_000_000)
        #expect(wheel.popExpired(nowNanoseconds: 1_000_000_000) == 1)
        #expect(wheel.popExpired(nowNanoseconds: 1_000_000_000) == 2)
    }

    @Test func takesTheFarthestFuture() {
        var wheel = TimerWheel(tickNanoseconds: 1, nowNanoseconds: .min)
        let timer = wheel.insert(deadlineNanoseconds: .max, payload: 1)
        #expect(wheel.popExpired(nowNanoseconds: .max - 1) == nil)
        #expect(wheel.popExpired(nowNanoseconds: .max) == 1)
        #expect(wheel.cancel(timer) == false)
    }

    @Test func recognisesStaleTimers() {
        var wheel = TimerWheel(nowNanoseconds: 0)
        let first = wheel.insert(deadlineNanoseconds: 1_000_000, payload: 1)
        #expect(wheel.cancel(first) == true)
        #expect(wheel.cancel(first) == false)
        let second = wheel.insert(deadlineNanoseconds: 1_000_000, payload: 2)
        #expect(wheel.cancel(first) == false)
        #expect(wheel.count == 1)
        #expect(wheel.cancel(second) == true)
    }

    /// Expired and not popped yet, a timer can still be stopped.
    @Test func cancelsBetweenPops() {
        var wheel = TimerWheel(nowNanoseconds: 0)
        let timers = (0..<5).map { wheel.insert(deadlineNanoseconds: 1_000_000, payload: $0) }
        let first = wheel.popExpired(nowNanoseconds: 2_000_000)
        var rest = Set((0..<5).map(UInt64.init))
        rest.remove(first ?? 99)
        for (payload, timer) in timers.enumerated() where payload % 2 == 1 {
            if wheel.cancel(timer) { rest.remove(UInt64(payload)) }
        }
        wheel.advance(to: 2_000_000) { #expect(rest.remove($0) != nil) }
        #expect(rest.isEmpty)
    }

    @Test(arguments: [1, 1000, 1_000_000] as [Int64])
    func agreesWithASortedList(_ tick: Int64) {
        let seed = TestSeed.current
        var generator = SplitMix64(seed: seed)
        for round in 0..<8 {
            var model = TimerModel(tick: tick, seed: "seed \(seed), round \(round)")
            for _ in 0..<3000 { model.step(&generator) }
        }
    }
}

/// The wheel and what it ought to do: deadlines by payload.
private struct TimerModel: ~Copyable {
    private struct Expected {
        let deadline: Int64
        let insertedAt: Int64
        let timer: TimerWheel.TimerID
    }

    private let tick: Int64
    private let seed: Comment
    private var now: Int64 = 1_234_567
    private var wheel: TimerWheel
    private var expected: [UInt64: Expected] = [:]
    private var nextPayload: UInt64 = 0

    init(tick: Int64, seed: Comment) {
        self.tick = tick
        self.seed = seed
        wheel = TimerWheel(tickNanoseconds: tick, nowNanoseconds: now)
    }

    mutating func step(_ generator: inout SplitMix64) {
        switch Int.random(in: 0..<10, using: &generator) {
        case 0..<7:
            // Distances over many magnitudes, so that all lower levels are used.
            let distance = Int64(1) << Int64.random(in: 0...40, using: &generator)
            let deadline = now + Int64.random(in: -10...distance, using: &generator)
            let timer = wheel.insert(deadlineNanoseconds: deadline, payload: nextPayload)
            expected[nextPayload] = Expected(
                deadline: deadline, insertedAt: now, timer: timer)
            nextPayload += 1
        case 7, 8:
            guard let victim = expected.keys.sorted().randomElement(using: &generator) else {
                return
            }
            if let entry = expected.removeValue(forKey: victim) {
                #expect(wheel.cancel(entry.timer) == true, seed)
            }
        default: advance(&generator)
        }
        #expect(wheel.count == expected.count, seed)
    }

    private mutating func advance(_ generator: inout SplitMix64) {
        let distance = Int64(1) << Int64.random(in: 0...36, using: &generator)
        now += Int64.random(in: 0...distance, using: &generator)
        let earliest = expected.values.map(\.deadline).min()
        if let earliest, let next = wheel.nextDeadlineNanoseconds {
            // Whoever sleeps until then is not late.
            #expect(next < max(earliest, 1_234_567) + tick, seed)
        }
        var lastTick = Int64.min
        while let payload = wheel.popExpired(nowNanoseconds: now) {
            guard let entry = expected.removeValue(forKey: payload) else {
                Issue.record("payload \(payload) expired twice or was cancelled, \(seed)")
                return
            }
            #expect(entry.deadline <= now, seed)
            let due = max(0, (entry.deadline - 1_234_567 + tick - 1) / tick)
            // What was due when it was inserted comes as inserted, before all others.
            let wasDue = due <= (entry.insertedAt - 1_234_567) / tick
            #expect(wasDue ? lastTick == .min : due >= lastTick, seed)
            if !wasDue { lastTick = due }
        }
        let late = expected.values.filter { $0.deadline + tick <= now }
        #expect(late.isEmpty, seed)
    }
}
