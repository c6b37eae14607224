// The single-producer, single-consumer ring: on one thread, and between two.

import AeroMemory

extension MicroBenchmark {
    /// `round-trip`: one push and one pop on one thread. `drain`: 64 pushes, then one bulk drain,
    /// per
    /// item. `two-threads`: items through a ring of 1,024, per item, by each way of waiting.
    static var ring: [MicroBenchmark] {
        let waiting = WaitStrategy.allCases.map { strategy in
            MicroBenchmark("ring/two-threads/\(strategy.rawValue)") { operationCount in
                acrossThreads(strategy, operationCount)
            }
        }
        return [
            MicroBenchmark("ring/round-trip", setUp: { makeRingBody(roundTrips) }),
            MicroBenchmark("ring/drain-64", setUp: { makeRingBody(drains) }),
        ] + waiting
    }
}

private typealias Ends = SPSCRingEnds<UInt64>

/// Keeps a ring between runs. A run works on a local copy of the ends, so that the loop meets no
/// dynamic exclusivity check.
private final class RingHolder {
    var ends: Ends? = SPSCRing<UInt64>.make(capacity: 1024)
}

private func makeRingBody(
    _ run: @escaping (inout Ends, Int) -> UInt64
) -> MicroBenchmark.Body {
    let holder = RingHolder()
    return { operationCount in
        guard var ends = holder.ends.take() else { preconditionFailure("a run is in progress") }
        let hash = run(&ends, operationCount)
        holder.ends = consume ends
        return hash
    }
}

private func roundTrips(_ ends: inout Ends, _ operationCount: Int) -> UInt64 {
    var hash = ResultHash()
    for operation in 0..<operationCount {
        if ends.producer.tryPush(UInt64(operation)) != nil { preconditionFailure("full") }
        if let item = ends.consumer.tryPop() { hash.fold(item) }
    }
    return hash.value
}

private func drains(_ ends: inout Ends, _ operationCount: Int) -> UInt64 {
    var hash = ResultHash()
    var next = 0
    while next < operationCount {
        let end = min(next + 64, operationCount)
        for operation in next..<end where ends.producer.tryPush(UInt64(operation)) != nil {
            preconditionFailure("full")
        }
        next += ends.consumer.drain(max: 64) { hash.fold($0) }
    }
    return hash.value
}

private func acrossThreads(_ strategy: WaitStrategy, _ operationCount: Int) -> UInt64 {
    let ends = SPSCRing<UInt64>.make(capacity: 1024, waiting: strategy)
    let producerBox = HandOver(ends.producer)
    var consumer = ends.consumer
    let thread = BenchmarkThread {
        var producer = producerBox.take()
        for operation in 0..<operationCount where producer.push(UInt64(operation)) != nil {
            preconditionFailure("the consumer went early")
        }
    }
    var hash = ResultHash()
    while let item = consumer.pop() { hash.fold(item) }
    thread.join()
    return hash.value
}
