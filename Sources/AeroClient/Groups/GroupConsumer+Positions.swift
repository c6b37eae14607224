// Where a group consumer stands: storing it, and moving it.

import AeroWire

extension GroupConsumer {
    /// Stores that everything taken so far is worked off, and waits for the broker to have it.
    ///
    /// - Throws: `.groupMembership` when a partition has gone to another member meanwhile,
    ///   `.timedOut`, `.closed`, `.brokerBusy`, `.storageFailed`: records may come again then.
    public func commit() async throws(ClientError) {
        try await run { consumer, outcome, timeout, loop in
            consumer.commitTaken(outcome, timeoutNanoseconds: timeout, loop)
        }
    }

    /// Stores that a batch, and all before it in its partition, is worked off.
    ///
    /// - Throws: As `commit()`.
    public func commit(through batch: RecordBatch) async throws(ClientError) {
        try await commit(
            through: batch.lastOffset, topic: batch.topic, partition: batch.partition)
    }

    /// Stores that the records of a partition up to an offset are worked off.
    ///
    /// - Parameter metadata: A note to keep beside the offset; up to 4,096 bytes of UTF-8.
    /// - Throws: As `commit()`; `.offsetOutOfRange` for what was not received;
    ///   `.invalidConfiguration` for a note that is too long.
    public func commit(
        through offset: Int64, topic: String, partition: Int, metadata: String = ""
    ) async throws(ClientError) {
        try OptionBounds.check(
            "metadata's length", metadata.utf8.count, in: 0...WireLimits.offsetMetadataByteCountMax)
        try OptionBounds.check("offset", offset, in: -1...Int64.max - 1)
        let partition = GroupPartition(topic: topic, partition: partition)
        try await run { consumer, outcome, timeout, loop in
            consumer.commit(
                partition, offset: offset + 1, metadata: metadata, outcome,
                timeoutNanoseconds: timeout, loop)
        }
    }

    /// Goes on elsewhere in a partition that is assigned to this consumer; other members and what
    /// is committed stay as they are. What waited to be taken of the partition is dropped.
    ///
    /// - Parameter position: `.committed` is what was committed last.
    /// - Throws: `.unknownPartition` when the partition is not assigned now, `.closed`,
    ///   `.invalidConfiguration` for an offset or a time below 0.
    public func seek(
        topic: String, partition: Int, to position: StartPosition
    ) async throws(ClientError) {
        let jump: GroupLane.Jump
        switch position {
        case .earliest: jump = .earliest
        case .latest: jump = .latest
        case .offset(let offset):
            try OptionBounds.check("offset", offset, in: 0...Int64.max)
            jump = .offset(offset)
        case .time(let milliseconds):
            try OptionBounds.check("time", milliseconds, in: 0...Int64.max)
            jump = .offset(
                try await Admin(handle).offset(
                    topic: topic, partition: partition, atOrAfterMilliseconds: milliseconds))
        case .committed: jump = .committed
        }
        let partition = GroupPartition(topic: topic, partition: partition)
        try await run { consumer, outcome, _, _ in
            do throws(ClientError) {
                try consumer.seek(partition, to: jump)
                outcome.complete(.success(()))
            } catch {
                outcome.complete(.failure(error))
            }
        }
    }

    /// Runs something on the consumer, on the thread that owns it, and waits for its outcome.
    private func run(
        _ body: @escaping @Sendable (GroupEngine, Outcome<Void>, Int64, ConnectionLoop) -> Void
    ) async throws(ClientError) {
        let outcome = Outcome<Void>()
        let id = id
        let timeout = handle.runtime.options.requestTimeout.wholeNanoseconds
        try await handle.runtime.ask(outcome) { loop in
            guard loop.end == nil, let consumer = loop.groups[id], consumer.error == nil else {
                let error = loop.end ?? loop.groups[id]?.error
                outcome.complete(
                    .failure(error ?? loop.context.error(.closed, "the consumer is closed")))
                return
            }
            body(consumer, outcome, timeout, loop)
        }
    }
}
