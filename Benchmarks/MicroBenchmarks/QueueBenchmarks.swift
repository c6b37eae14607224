// The multiple-producer, single-consumer queue.

import AeroMemory

extension MicroBenchmark {
    /// `round-trip`: one push and one pop on one thread. `two-threads`: one other thread pushes.
    static var queue: [MicroBenchmark] {
        [
            MicroBenchmark("queue/round-trip", setUp: makeRoundTrips),
            MicroBenchmark("queue/two-threads", body: acrossThreads),
        ]
    }
}

private final class QueueHolder {
    var ends: MPSCQueueEnds<UInt64>? = MPSCQueue<UInt64>.make(capacity: 1024)
}

private func makeRoundTrips() -> MicroBenchmark.Body {
    let holder = QueueHolder()
    return { operationCount in
        guard var ends = holder.ends.take() else { preconditionFailure("a run is in progress") }
        var hash = ResultHash()
        for operation in 0..<operationCount {
            if ends.producer.tryPush(UInt64(operation)) != nil { preconditionFailure("full") }
            if let item = ends.consumer.tryPop() { hash.fold(item) }
        }
        holder.ends = consume ends
        return hash.value
    }
}

private func acrossThreads(_ operationCount: Int) -> UInt64 {
    let ends = MPSCQueue<UInt64>.make(capacity: 1024)
    let producer = ends.producer
    var consumer = ends.consumer
    let thread = BenchmarkThread {
        for operation in 0..<operationCount {
            while producer.tryPush(UInt64(operation)) != nil { BenchmarkThread.yield() }
        }
    }
    var hash = ResultHash()
    var received = 0
    while received < operationCount {
        let drained = consumer.drain(max: 1024) { hash.fold($0) }
        if drained == 0 { BenchmarkThread.yield() }
        received += drained
    }
    thread.join()
    return hash.value
}
