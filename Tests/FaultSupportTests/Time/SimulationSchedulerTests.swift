// Order and time of a simulation's events.

import FaultSupport
import Testing

@Suite struct SimulationSchedulerTests {
    /// Runs 100 events of ten times, each of which may ask for another.
    private func order(seed: UInt64) -> (order: [Int], hash: UInt64) {
        let scheduler = SimulationScheduler(seed: seed)
        var order: [Int] = []
        for index in 0..<100 {
            scheduler.after(Int64(index % 10) * 100) {
                order.append(index)
                if index % 7 == 0 { scheduler.after(50) { order.append(1_000 + index) } }
            }
        }
        var last = scheduler.nowNanoseconds
        while scheduler.step() {
            #expect(scheduler.nowNanoseconds >= last)
            last = scheduler.nowNanoseconds
        }
        return (order, scheduler.trace.value)
    }

    @Test func runsEventsByTimeAndDrawsLotsAmongEquals() {
        let first = order(seed: 1)
        #expect(first.order.count == 115)
        let times = first.order.map { $0 % 1_000 % 10 * 100 + ($0 >= 1_000 ? 50 : 0) }
        #expect(times == times.sorted())
        #expect(order(seed: 1) == first)
        #expect(order(seed: 2).order != first.order)
    }

    @Test func leavesLaterEventsAlone() {
        let scheduler = SimulationScheduler(seed: 1)
        let begin = scheduler.nowNanoseconds
        var ran = false
        scheduler.after(100) { ran = true }
        #expect(!scheduler.step(until: begin + 99))
        #expect(!ran && scheduler.nowNanoseconds == begin)
        // What was due during a jump is late, and not lost.
        scheduler.jump(to: begin + 1_000)
        #expect(scheduler.step(until: begin + 1_000))
        #expect(ran && scheduler.nowNanoseconds == begin + 1_000)
    }

    @Test func hashesTellOrderLengthAndContentApart() {
        func hash(_ parts: [[UInt8]]) -> UInt64 {
            var hash = TraceHash()
            for part in parts { part.withUnsafeBytes { hash.mix($0) } }
            return hash.value
        }
        let values = [
            hash([[1, 2]]), hash([[2, 1]]), hash([[1], [2]]), hash([[1, 2, 0]]), hash([]),
            hash([[]]), hash([[0]]), hash([[0, 0, 0, 0, 0, 0, 0, 0, 1]]),
        ]
        #expect(Set(values).count == values.count)
    }
}
