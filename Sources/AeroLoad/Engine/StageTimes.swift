// When a message passed from one part of its way to the next, as far as a driver can tell.

/// The times between a message's intended send and its handling, on the machine's monotonic clock.
///
/// Producers send and brokers store batches: the messages of one share all times but the intended
/// one and the last.
@usableFromInline package struct StageTimes: Sendable, Equatable {
    /// The message's offset in its partition.
    package var offset: Int64
    /// When its batch was handed to the kernel.
    package var sentNanoseconds: Int64
    /// When the target had received its batch.
    package var arrivedNanoseconds: Int64
    /// When the batch was appended to its log.
    package var appendedNanoseconds: Int64
    /// When the batch was as durable as its topic promises.
    package var durableNanoseconds: Int64
    /// When the target had put the batch into the output to this consumer.
    package var dispatchedNanoseconds: Int64
    /// When the consumer's client had received it.
    package var receivedNanoseconds: Int64

    /// Makes the times from their parts.
    @usableFromInline package init(
        offset: Int64, sentNanoseconds: Int64, arrivedNanoseconds: Int64,
        appendedNanoseconds: Int64, durableNanoseconds: Int64, dispatchedNanoseconds: Int64,
        receivedNanoseconds: Int64
    ) {
        self.offset = offset
        self.sentNanoseconds = sentNanoseconds
        self.arrivedNanoseconds = arrivedNanoseconds
        self.appendedNanoseconds = appendedNanoseconds
        self.durableNanoseconds = durableNanoseconds
        self.dispatchedNanoseconds = dispatchedNanoseconds
        self.receivedNanoseconds = receivedNanoseconds
    }

    /// The length of one stage of a message, in nanoseconds.
    ///
    /// - Parameters:
    ///   - intended: When it was to be sent.
    ///   - handled: When its handler got it.
    @usableFromInline package func nanoseconds(
        _ stage: StageSeries, intended: Int64, handled: Int64
    ) -> Int64 {
        switch stage {
        case .clientQueue: sentNanoseconds &- intended
        case .networkIn: arrivedNanoseconds &- sentNanoseconds
        case .append: appendedNanoseconds &- arrivedNanoseconds
        case .durable: durableNanoseconds &- appendedNanoseconds
        case .dispatch: dispatchedNanoseconds &- durableNanoseconds
        case .networkOut: receivedNanoseconds &- dispatchedNanoseconds
        case .handler: handled &- receivedNanoseconds
        }
    }

    /// Whether no stage ends before it begins. Times of two machines' clocks fail this, unless they
    /// happen to agree to less than the way between them takes.
    package func isInOrder(intended: Int64, handled: Int64) -> Bool {
        intended <= sentNanoseconds && sentNanoseconds <= arrivedNanoseconds
            && arrivedNanoseconds <= appendedNanoseconds
            && appendedNanoseconds <= durableNanoseconds
            && durableNanoseconds <= dispatchedNanoseconds
            && dispatchedNanoseconds <= receivedNanoseconds && receivedNanoseconds <= handled
    }
}
