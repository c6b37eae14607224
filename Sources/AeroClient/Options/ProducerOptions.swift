// What a producer is made with.

import AeroWire

/// When the broker's answer counts as success.
public enum Acknowledgement: Sendable, Equatable {
    /// As soon as the batch is handed to the connection: it may be lost, and nobody will know.
    case none
    /// When the partition's leader has kept the batch as the topic's durability says.
    case leader
    /// When all replicas that are in step have kept it, too; the same as `.leader` where there are
    /// none.
    case all
}

/// When a batch is sent.
public enum Batching: Sendable, Equatable {
    /// When it has reached `batchMessageCount` or `batchByteCount`, or has waited for `linger`.
    case fixed
    /// At once when the broker keeps up; the more batches are under way, the larger they may grow
    /// and the longer they wait, within `batchByteCount` and `linger`.
    case adaptive
}

/// Batching, partitioning and retries of one producer; `validate()` checks all of them.
public struct ProducerOptions: Sendable, Equatable {
    /// A batch is sent when it has so many messages.
    public var batchMessageCount = 1_000
    /// A batch is sent when the next message would make it longer than this, in bytes.
    public var batchByteCount = 64 << 10
    /// A batch is sent when its first message has waited so long. Zero sends what has gathered
    /// as soon as the partition can take it: under load batches still fill. With adaptive
    /// batching it is the longest wait, and zero stands for 5 ms.
    public var linger = Duration.zero
    /// Whether size and wait of batches follow the load.
    public var batching = Batching.fixed
    /// How the partition of a message is chosen when the message does not say.
    public var partitioner = Partitioner.keyHash
    /// When the broker's answer counts as success.
    public var acknowledgement = Acknowledgement.leader
    /// Whether the broker tells batches that are sent again from new ones.
    ///
    /// A batch whose fate is unknown is then sent again until `deliveryTimeout`, is stored once,
    /// and keeps its place among the others of its partition. A message of which nobody waits to
    /// hear (`sendOneWay`, or `acknowledgement` `.none`) is never sent again, and has no use for
    /// it.
    public var isIdempotent = true
    /// What happens to a batch whose fate is unknown when the producer is not idempotent.
    public var retryPolicy = RetryPolicy.never
    /// How often in all a batch is sent that the broker refuses for a passing reason.
    public var maximumRefusedAttempts = 10
    /// The first and the longest wait before a batch is sent again.
    public var retryBackoff: ClosedRange<Duration> = .milliseconds(20) ... .seconds(1)
    /// How long a message may take from `send` to its outcome, all attempts included.
    public var deliveryTimeout = Duration.seconds(60)
    /// The largest message in bytes: key, value and headers. Up to 4 MiB less the framing.
    public var maximumMessageByteCount = 1 << 20
    /// Batches of one partition that may wait for an answer at one time; at most 5 when idempotent.
    /// When not, and with more than one, a batch that is sent again can end up behind later ones.
    public var maximumInFlightBatches = 5

    /// How batches are compressed, each by itself; they are sent, kept and delivered that way. A
    /// batch that compression does not make smaller goes as it is. Worth it where bytes cost more
    /// than processor time: a network, a disk.
    public var compression = Compression.none
    /// Smaller batches, in bytes, are not compressed: there is little to gain.
    public var compressionThreshold = 1 << 10

    /// The longest wait of adaptive batching unless `linger` says otherwise.
    static let adaptiveLingerDefault = Duration.milliseconds(5)

    /// The defaults.
    public init() {}

    /// The defaults, changed by `configure`.
    public init(_ configure: (inout ProducerOptions) -> Void) { configure(&self) }

    /// Checks every bound.
    ///
    /// - Throws: `.invalidConfiguration` with the option's name and bounds.
    public func validate() throws(ClientError) {
        try OptionBounds.check("batchMessageCount", batchMessageCount, in: 1...100_000)
        try OptionBounds.check("batchByteCount", batchByteCount, in: Self.batchByteCounts)
        try OptionBounds.check("linger", linger, in: .zero ... .seconds(60))
        try OptionBounds.check("maximumRefusedAttempts", maximumRefusedAttempts, in: 1...100)
        try OptionBounds.check(
            "retryBackoff's first wait", retryBackoff.lowerBound,
            in: .microseconds(1) ... .seconds(60))
        try OptionBounds.check(
            "retryBackoff's longest wait", retryBackoff.upperBound,
            in: .microseconds(1) ... .seconds(3_600))
        try OptionBounds.check(
            "deliveryTimeout", deliveryTimeout, in: .milliseconds(1) ... .seconds(86_400))
        try OptionBounds.require(
            linger <= deliveryTimeout, "linger is longer than deliveryTimeout")
        try OptionBounds.check(
            "maximumMessageByteCount", maximumMessageByteCount, in: Self.messageByteCounts)
        try OptionBounds.check("maximumInFlightBatches", maximumInFlightBatches, in: 1...1_024)
        try OptionBounds.check("compressionThreshold", compressionThreshold, in: 0...(4 << 20))
        try compression.validate()
        try OptionBounds.require(
            !isIdempotent || acknowledgement == .none
                || maximumInFlightBatches <= ProducerSequence.rememberedBatchCount,
            "maximumInFlightBatches is \(maximumInFlightBatches); an idempotent producer may have "
                + "\(ProducerSequence.rememberedBatchCount) at most")
        if case .atLeastOnce(let attempts) = retryPolicy {
            try OptionBounds.check("maximumAttempts", attempts, in: 2...100)
        }
    }

    /// Checks what depends on the connection too.
    func validate(within connection: ConnectionOptions) throws(ClientError) {
        try validate()
        let frame = ProducerBatch.frameByteCountBound(maximumMessageByteCount)
        let largest = max(batchByteCount, frame)
        try OptionBounds.require(
            largest <= connection.producedByteCountMax
                && maximumMessageByteCount <= connection.queuedByteCountMax / 2,
            "maximumMemory is too small for maximumMessageByteCount or batchByteCount: it must be "
                + "at least 3 times the one and 8 times the other")
    }

    private static let batchByteCounts = (1 << 10)...WireLimits.frameByteCountMaxDefault
    /// What framing and record fields may add to one message.
    private static let messageByteCounts =
        1...(WireLimits.frameByteCountMaxDefault - ProducerBatch.frameByteCountBound(0))
}
