// What happens to a group consumer, for those who want to know.

import Synchronization

/// A partition by the name of its topic.
public struct GroupPartition: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The topic.
    public let topic: String
    /// The partition, from 0.
    public let partition: Int

    /// Names a partition.
    public init(topic: String, partition: Int) {
        self.topic = topic
        self.partition = partition
    }

    /// By topic, then by number.
    public static func < (left: GroupPartition, right: GroupPartition) -> Bool {
        (left.topic, left.partition) < (right.topic, right.partition)
    }

    /// `TOPIC/PARTITION`.
    public var description: String { "\(topic)/\(partition)" }
}

/// Something that happened to a group consumer.
public enum GroupEvent: Sendable, Equatable {
    /// These partitions are consumed from now on, by an assignment of this generation.
    case assigned([GroupPartition], generation: Int)
    /// These went to other members. What was worked off of them has been committed.
    case revoked([GroupPartition])
    /// These may be other members' by now: the group has not heard of this one for too long. What
    /// was not committed may come again elsewhere.
    case lost([GroupPartition])
    /// This topic was deleted under the member. What came of it before may still be taken; the
    /// membership goes on, and so does the topic if it is made anew.
    ///
    /// Not told where none of the topic's partitions was subscribed at that moment and a rebalance
    /// takes them away before they are.
    case topicDeleted(String)
    /// Offsets could not be stored; it is tried again at the next interval.
    case commitFailed(ClientError)
}

/// Events and those who follow them.
final class GroupEventBoard: Sendable {
    private struct Board {
        var followers: [Int: AsyncStream<GroupEvent>.Continuation] = [:]
        var nextFollower = 0
        var isClosed = false
        var assignment: [GroupPartition] = []
    }

    private let board = Mutex(Board())

    /// Events that a slow follower may have pending; older ones are dropped.
    private static let pendingEventCountMax = 256

    /// What is consumed now, in order.
    var assignment: [GroupPartition] { board.withLock { $0.assignment } }

    /// Sets what is consumed now.
    func set(assignment: [GroupPartition]) {
        board.withLock { $0.assignment = assignment.sorted() }
    }

    func post(_ event: GroupEvent) {
        board.withLock { board in
            for follower in board.followers.values { follower.yield(event) }
        }
    }

    /// Nothing more happens.
    func close() {
        let ended = board.withLock { board in
            board.isClosed = true
            board.assignment = []
            defer { board.followers = [:] }
            return Array(board.followers.values)
        }
        // Outside the lock: ending a stream calls back into `forget`.
        for follower in ended { follower.finish() }
    }

    /// What happens from now on.
    func events() -> AsyncStream<GroupEvent> {
        AsyncStream(bufferingPolicy: .bufferingNewest(Self.pendingEventCountMax)) { follower in
            let id = board.withLock { board in
                if board.isClosed { return nil as Int? }
                board.nextFollower += 1
                board.followers[board.nextFollower] = follower
                return board.nextFollower
            }
            guard let id else {
                follower.finish()
                return
            }
            follower.onTermination = { [weak self] _ in self?.forget(id) }
        }
    }

    private func forget(_ id: Int) {
        board.withLock { _ = $0.followers.removeValue(forKey: id) }
    }
}
