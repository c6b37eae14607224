// The queue of what is still to happen, and the order in which it does.

import TestSupport

/// Runs events one after the other on the caller's thread, in the order of their times.
///
/// Events of one time run in an order that the seed decides, so that a simulation does not depend
/// on who was asked first. Running an event is the only way in which time passes.
package final class SimulationScheduler {
    private struct Event {
        let time: Int64
        let tie: UInt64
        let number: UInt64
        let action: () -> Void

        func isBefore(_ other: Event) -> Bool {
            if time != other.time { return time < other.time }
            return tie != other.tie ? tie < other.tie : number < other.number
        }
    }

    /// The machine's clocks.
    package let clock = SimulatedClock()
    /// What happened so far.
    package var trace = TraceHash()
    /// How many events ran.
    package private(set) var eventCount = 0
    /// Gets a line for each thing that happens, when somebody wants to read them.
    package var log: ((String) -> Void)?

    private var ties: SplitMix64
    private var heap: [Event] = []
    private var nextNumber: UInt64 = 0

    /// - Parameter seed: Decides the order of what happens at one time.
    package init(seed: UInt64) { ties = SplitMix64(seed: seed, part: 1) }

    /// The machine's time in nanoseconds.
    package var nowNanoseconds: Int64 { clock.nowNanoseconds }

    /// When the next event is due; nil without any.
    package var nextEventNanoseconds: Int64? { heap.first?.time }

    /// Has something happen `delay` nanoseconds from now.
    package func after(_ delay: Int64, _ action: @escaping () -> Void) {
        at(nowNanoseconds + max(delay, 0), action)
    }

    /// Has something happen at a time; one that has passed means now.
    package func at(_ time: Int64, _ action: @escaping () -> Void) {
        heap.append(
            Event(
                time: max(time, nowNanoseconds), tie: ties.next(), number: nextNumber,
                action: action))
        nextNumber += 1
        siftUp(heap.count - 1)
    }

    /// Runs the next event, if one is due at `limit` or before.
    /// - Returns: False when none is; time has not passed then.
    package func step(until limit: Int64 = .max) -> Bool {
        guard let first = heap.first, first.time <= limit else { return false }
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            siftDown(0)
        }
        clock.advance(to: max(first.time, nowNanoseconds))
        eventCount += 1
        trace.mix(UInt64(bitPattern: nowNanoseconds))
        first.action()
        return true
    }

    /// Forgets everything that was still to happen.
    package func cancelAll() { heap.removeAll() }

    /// Lets time pass to `time` without any event: what was due meanwhile is late.
    package func jump(to time: Int64) { clock.advance(to: max(time, nowNanoseconds)) }

    /// Notes that something happened: mixes it into the trace, and logs it.
    /// - Parameters:
    ///   - kind: What, in a word.
    ///   - numbers: What tells it apart.
    package func note(_ kind: StaticString, _ numbers: Int...) {
        // BOUND: as many words as the literal has bytes over eight.
        kind.withUTF8Buffer { trace.mix(UnsafeRawBufferPointer($0)) }
        for number in numbers { trace.mix(number) }
        log?("\(kind) \(numbers.map(String.init).joined(separator: " "))")
    }

    private func siftUp(_ start: Int) {
        var index = start
        while index > 0 {
            let parent = (index - 1) / 2
            guard heap[index].isBefore(heap[parent]) else { return }
            heap.swapAt(index, parent)
            index = parent
        }
    }

    private func siftDown(_ start: Int) {
        var index = start
        while true {
            var least = index
            for child in [2 * index + 1, 2 * index + 2] where child < heap.count {
                if heap[child].isBefore(heap[least]) { least = child }
            }
            guard least != index else { return }
            heap.swapAt(index, least)
            index = least
        }
    }
}
