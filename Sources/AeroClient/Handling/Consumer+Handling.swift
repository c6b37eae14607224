// Records for a handler, with attempts that are repeated and dead letters.

extension Consumer: RecordSource {
    /// Hands every record to `handler`, one after the other, until the consumer is closed.
    ///
    /// A record that the handler throws for is handed out again after a while, up to
    /// `RedeliveryOptions.maximumAttempts` times in all; one that a `RecordRejection` is thrown for
    /// is not. Then it is written to the dead-letter topic, with `DeadLetterHeader`s that tell
    /// where it comes from, and only once the broker has that is it acknowledged: a crash in
    /// between repeats a record or a dead letter and loses neither. Within a partition the order is
    /// kept, so what stands behind a record that waits for its next attempt waits too; other
    /// partitions go on, except while a dead letter is being written.
    ///
    /// What is handled is acknowledged, also with `AcknowledgementPolicy.manual`, and with it all
    /// before it in its partition. Closing the consumer while the handler is at work does not
    /// acknowledge that record, so it comes again; cancelling the task lets a handler that goes on
    /// to the end finish first. The consumer gives out nothing more afterwards: close it.
    ///
    /// - Returns: What was done, once the consumer or its connection was closed by the caller.
    /// - Throws: `.invalidConfiguration`, also for a consumer whose records are acknowledged on
    ///   delivery; `.cancelled`; why the subscription ended; or why a dead letter can never be
    ///   written: its record is not acknowledged then.
    @discardableResult
    public func handleRecords(
        _ redelivery: RedeliveryOptions = RedeliveryOptions(),
        _ handler: @escaping @Sendable (Record) async throws -> Void
    ) async throws(ClientError) -> HandlingCounts {
        try redelivery.validate(consuming: [topic])
        try OptionBounds.require(
            options.acknowledgement != .onDelivery,
            "what is acknowledged on delivery cannot be handled again: use "
                + "AcknowledgementPolicy.automatic")
        var runner = RecordRunner(self, group: options.group, redelivery, handler)
        try await runner.run()
        return runner.counts
    }
}

extension GroupConsumer: RecordSource {
    /// Hands every record to `handler`, one after the other, until the consumer is closed.
    ///
    /// Attempts, dead letters and order are those of `Consumer.handleRecords`. A partition that
    /// goes to another member takes a waiting record along, and its attempts are counted anew
    /// there; one that is being handled has the time that a batch in hand has
    /// (`GroupConsumerOptions.rebalanceTimeout`).
    ///
    /// What is handled is committed as `GroupConsumerOptions.commit` says: with
    /// `CommitPolicy.manual` by `commit()`, which stores what was handled and nothing else. When
    /// this throws, the consumer gives out no more: close it, and what was not handled comes again.
    ///
    /// - Returns: What was done, once the consumer or its connection was closed by the caller.
    /// - Throws: `.invalidConfiguration`, `.cancelled`, `.groupMembership` and whatever else `poll`
    ///   throws, or why a dead letter can never be written.
    @discardableResult
    public func handleRecords(
        _ redelivery: RedeliveryOptions = RedeliveryOptions(),
        _ handler: @escaping @Sendable (Record) async throws -> Void
    ) async throws(ClientError) -> HandlingCounts {
        try redelivery.validate(consuming: topics)
        var runner = RecordRunner(self, group: group, redelivery, handler)
        try await runner.run()
        return runner.counts
    }
}
