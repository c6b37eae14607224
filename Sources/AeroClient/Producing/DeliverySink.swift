// Who hears what became of a message.

import Synchronization

/// What is told the outcome of one message; told exactly once.
package enum DeliverySink: Sendable {
    /// Nobody: the message was sent one way.
    case nobody
    /// A closure, called on the I/O thread.
    case handler(@Sendable (Result<RecordMetadata, ClientError>) -> Void)
    /// The task that waits in `send(_:)`.
    case task(DeliveryOutcome)
    /// An element of what `send(batch:)` returns.
    case element(of: BatchOutcome, at: Int)

    /// True when the outcome is already there: the caller has gone, and need not be served.
    var isSettled: Bool {
        switch self {
        case .nobody, .handler: false
        case .task(let outcome): outcome.result.isSettled
        case .element(let batch, _): batch.isSettled
        }
    }

    func settle(_ result: Result<RecordMetadata, ClientError>) {
        switch self {
        case .nobody: break
        case .handler(let handler): handler(result)
        case .task(let outcome): outcome.result.complete(result)
        case .element(let batch, let index): batch.complete(index, result)
        }
    }
}

/// The outcome of one message that a task waits for.
package final class DeliveryOutcome: Sendable {
    let result = Outcome<RecordMetadata>()
}

/// The outcomes of messages that were sent together.
package final class BatchOutcome: Sendable {
    private struct State {
        var results: [Result<RecordMetadata, ClientError>?]
        var missingCount: Int
    }

    private let state: Mutex<State>
    private let all = Outcome<Void>()

    init(count: Int) {
        state = Mutex(State(results: Array(repeating: nil, count: count), missingCount: count))
        if count == 0 { all.complete(.success(())) }
    }

    /// True when all outcomes are there or nobody waits any more.
    var isSettled: Bool { all.isSettled }

    func complete(_ index: Int, _ result: Result<RecordMetadata, ClientError>) {
        let isLast = state.withLock { state in
            guard state.results[index] == nil else { return false }
            state.results[index] = result
            state.missingCount -= 1
            return state.missingCount == 0
        }
        if isLast { all.complete(.success(())) }
    }

    /// Settles everything that has no outcome yet.
    func completeMissing(_ error: ClientError) {
        let indices = state.withLock { $0.results.indices }
        for index in indices { complete(index, .failure(error)) }
    }

    /// Waits for all outcomes; those missing when the task is cancelled are `.cancelled`.
    func wait() async -> [Result<RecordMetadata, ClientError>] {
        _ = await all.wait()
        return state.withLock { state in state.results.map { $0 ?? .failure(.cancelled) } }
    }
}
