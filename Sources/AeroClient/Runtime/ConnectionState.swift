// What a connection is doing, and telling those who want to know.

import Synchronization

/// The life of a connection, as its owner sees it.
public enum ConnectionState: Sendable, Equatable {
    /// Not connected yet.
    case connecting
    /// Requests are served.
    case connected
    /// The connection was lost for this reason, and is being made again.
    case reconnecting(ClientError)
    /// It is over: nil when the caller closed it, else why.
    case closed(ClientError?)
}

/// The current state and those who follow its changes.
final class StateBoard: Sendable {
    private struct Board {
        var state = ConnectionState.connecting
        var followers: [Int: AsyncStream<ConnectionState>.Continuation] = [:]
        var nextFollower = 0
    }

    private let board = Mutex(Board())

    /// Changes that a slow follower may have pending; older ones are dropped.
    private static let pendingChangeCountMax = 64

    var state: ConnectionState { board.withLock { $0.state } }

    /// Enters a state; the followers hear of it, and that nothing follows `.closed`.
    func enter(_ state: ConnectionState) {
        let ended = board.withLock { board -> [AsyncStream<ConnectionState>.Continuation] in
            if case .closed = board.state { return [] }
            guard board.state != state else { return [] }
            board.state = state
            for follower in board.followers.values { follower.yield(state) }
            guard case .closed = state else { return [] }
            defer { board.followers = [:] }
            return Array(board.followers.values)
        }
        // Outside the lock: ending a stream calls back into `forget`.
        for follower in ended { follower.finish() }
    }

    /// The current state and then every change.
    func changes() -> AsyncStream<ConnectionState> {
        AsyncStream(bufferingPolicy: .bufferingNewest(Self.pendingChangeCountMax)) { follower in
            let id = board.withLock { board in
                follower.yield(board.state)
                if case .closed = board.state {
                    follower.finish()
                    return nil as Int?
                }
                board.nextFollower += 1
                board.followers[board.nextFollower] = follower
                return board.nextFollower
            }
            guard let id else { return }
            follower.onTermination = { [weak self] _ in self?.forget(id) }
        }
    }

    private func forget(_ id: Int) {
        board.withLock { _ = $0.followers.removeValue(forKey: id) }
    }
}
