// Receiving records as a member of a consumer group.

import AeroIO
import AeroWire

/// A member of a consumer group: takes the records of the partitions that the group gives it.
///
/// ```swift
/// let consumer = try await connection.makeGroupConsumer(group: "billing", topics: ["orders"])
/// for try await batch in consumer.batches {
///     for record in batch { charge(record) }
/// }
/// ```
///
/// Members that come and go are noticed, and partitions move between them, by themselves: `events`
/// tells. A batch counts as worked off when the next one is asked for; offsets are stored now and
/// then, before a partition goes to another member, and on closing. A partition is consumed by one
/// member at a time, and what its last one did not commit comes again: at least once. One task at a
/// time should take batches.
public final class GroupConsumer: Sendable {
    /// The group's name.
    public let group: String
    /// The topics.
    public let topics: [String]
    let handle: ClientHandle
    let id: Int
    let inbox: ConsumerInbox
    private let board: GroupEventBoard

    init(
        _ handle: ClientHandle, id: Int, group: String, topics: [String], inbox: ConsumerInbox,
        board: GroupEventBoard
    ) {
        self.handle = handle
        self.id = id
        self.group = group
        self.topics = topics
        self.inbox = inbox
        self.board = board
    }

    deinit {
        // A queue full of control commands leaves the rest to the end of the connection.
        let id = id
        _ = handle.runtime.tell { $0.removeGroup(id) }
    }

    // MARK: - Membership

    /// The partitions that are consumed now, in order.
    public var assignment: [GroupPartition] { board.assignment }

    /// What happens to the membership from now on, up to the consumer's end. A follower that is far
    /// behind misses the oldest events.
    public var events: AsyncStream<GroupEvent> { board.events() }

    // MARK: - Taking

    /// Takes the next batch of any partition, waiting for one at most so long.
    ///
    /// The batch taken before counts as worked off with this.
    ///
    /// - Parameter maximumWait: Zero takes only what is already here.
    /// - Returns: A batch of one partition, or nil when there was none in time.
    /// - Throws: `.closed`, `.cancelled`, `.corruptData`, `.groupMembership` when another consumer
    ///   took over the instance id, or why else the membership ended.
    public func poll(maximumWait: Duration) async throws(ClientError) -> RecordBatch? {
        let wait = maximumWait.wholeNanoseconds
        let now = MonotonicClock.nowNanoseconds()
        return try await take(deadlineNanoseconds: saturatingSum(now, wait), isOver: wait <= 0)
    }

    /// The batches, for `for try await`: one element for many records.
    ///
    /// Ends when the consumer or its connection is closed by the caller; throws otherwise, also
    /// `.cancelled`.
    public var batches: GroupBatches { GroupBatches(consumer: self) }

    /// The next batch, however long it takes; nil when closed by the caller.
    func next() async throws(ClientError) -> RecordBatch? {
        do throws(ClientError) {
            return try await take(deadlineNanoseconds: .max, isOver: false)
        } catch {
            guard error.code == .closed else { throw error }
            return nil
        }
    }

    func take(
        deadlineNanoseconds: Int64, isOver: Bool
    ) async throws(ClientError) -> RecordBatch? {
        try await inbox.takeBatch(
            deadlineNanoseconds: deadlineNanoseconds, isOver: isOver, handle.runtime
        ) { chunk, error in
            "records of \(chunk.topic)/\(chunk.partition) from offset \(chunk.firstOffset) are "
                + "damaged: \(error)"
        }
    }

    /// Commits, where that is automatic, everything that was taken; leaves the group unless the
    /// member is static; and ends. Takes `closeTimeout` at most.
    public func close() async {
        let outcome = Outcome<Void>()
        let id = id
        do throws(ClientError) {
            try await handle.runtime.ask(outcome) { loop in
                guard loop.end == nil, let consumer = loop.groups[id] else {
                    outcome.complete(.success(()))
                    return
                }
                consumer.beginClosing(outcome, loop)
            }
        } catch {
            // The connection is over, and the membership with it: nothing is left to close.
            return
        }
    }
}

/// The batches of a group consumer as they come.
public struct GroupBatches: AsyncSequence, Sendable {
    let consumer: GroupConsumer

    /// Starts to take batches where the consumer is.
    public func makeAsyncIterator() -> Iterator { Iterator(consumer: consumer) }

    /// Takes the batches of a group consumer.
    public struct Iterator: AsyncIteratorProtocol {
        let consumer: GroupConsumer

        /// The next batch; nil when the consumer or its connection was closed by the caller.
        public mutating func next() async throws(ClientError) -> RecordBatch? {
            try await consumer.next()
        }

        /// The next batch; nil when the consumer or its connection was closed by the caller.
        public mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(ClientError) -> RecordBatch? {
            try await consumer.next()
        }
    }
}
