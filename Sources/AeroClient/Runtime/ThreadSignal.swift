// How callers reach a connection's I/O thread: waking it, and telling it to end.

import AeroIO
import Synchronization

/// How a connection is to end.
enum Closing: Sendable {
    /// Once what was accepted has its outcome, or the close timeout is over.
    case drained
    /// At once.
    case immediate
}

/// Wakes the I/O thread and carries the wish to end, from any thread.
final class ThreadSignal: Sendable {
    private struct State {
        var waker: Waker?
        var closing: Closing?
    }

    private let state = Mutex(State())

    /// The I/O thread has its poller.
    func attach(_ waker: Waker) { state.withLock { $0.waker = waker } }

    /// Makes the I/O thread look at its queues.
    func wake() { state.withLock { $0.waker }?.wake() }

    /// Asks the thread to end; an immediate end overrides a drained one.
    func requestClose(_ closing: Closing) {
        let waker = state.withLock { state in
            if case .immediate? = state.closing { return state.waker }
            state.closing = closing
            return state.waker
        }
        waker?.wake()
    }

    /// How the thread shall end, if it shall.
    var closing: Closing? { state.withLock { $0.closing } }
}
