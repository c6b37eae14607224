// The meeting point of one waiting task and the one event it waits for.

import Synchronization

/// A result that is set once, by whoever comes first, and awaited by one task.
///
/// The first `complete` counts and later ones are ignored, so an operation has exactly one outcome
/// also when an answer, a timeout, a close and a cancellation race.
final class Outcome<Value: Sendable>: Sendable {
    private enum State {
        case pending
        case awaited(CheckedContinuation<Result<Value, ClientError>, Never>)
        case settled(Result<Value, ClientError>)
    }

    private let state = Mutex<State>(.pending)

    /// True once there is a result.
    var isSettled: Bool {
        state.withLock { if case .settled = $0 { true } else { false } }
    }

    /// Sets the result, unless there is one.
    ///
    /// - Returns: Whether this is the result.
    @discardableResult
    func complete(_ result: Result<Value, ClientError>) -> Bool {
        let before = state.withLock { state in
            let before = state
            if case .settled = before { return before }
            state = .settled(result)
            return before
        }
        switch before {
        case .settled: return false
        case .pending: return true
        case .awaited(let continuation):
            continuation.resume(returning: result)
            return true
        }
    }

    /// Waits for the result; cancellation sets it to `.cancelled`.
    func wait() async -> Result<Value, ClientError> {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let settled = state.withLock { state in
                    if case .settled(let result) = state {
                        return result as Result<Value, ClientError>?
                    }
                    state = .awaited(continuation)
                    return nil
                }
                if let settled { continuation.resume(returning: settled) }
            }
        } onCancel: {
            complete(.failure(.cancelled))
        }
    }

    /// As `wait`, and throws the failure.
    func value() async throws(ClientError) -> Value { try await wait().get() }
}

/// An event that happens once and that any number of tasks wait for, cancelled or not.
final class Latch: Sendable {
    private struct State {
        var isOpen = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    /// Lets everybody go.
    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Waits until `open` was called.
    func wait() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }
}
