// What a producer is made with.

import AeroWire

/// When the broker's answer counts as success.
public enum Acknowledgement: Sendable, Equatable {
    /// As soon as the batch is handed to the connection: it may be lost, and nobody will know.
    case none
    /// When the partition's leader has kept the batch as the topic's durability says.
    case leader
}

/// Batching, partitioning and retries of one producer; `validate()` checks all of them.
public struct ProducerOptions: Sendable, Equatable {
    /// A batch is sent when it has so many messages.
    public var batchMessageCount = 1_000
    /// A batch is sent when the next message would make it longer than this, in bytes.
    public var batchByteCount = 64 << 10
    /// A batch is sent when its first message has waited so long. Zero sends what has gathered
    /// as soon as the connection can take it: under load batches still fill.
    public var linger = Duration.zero
    /// How the partition of a message is chosen when the message does not say.
    public var partitioner = Partitioner.keyHash
    /// When the broker's answer counts as success.
    public var acknowledgement = Acknowledgement.leader
    /// What happens to a batch whose fate is unknown.
    public var retryPolicy = RetryPolicy.never
    /// How often in all a batch is sent that the broker refuses for a passing reason.
    public var maximumRefusedAttempts = 10
    /// The first and the longest wait before a batch is sent again.
    public var retryBackoff: ClosedRange<Duration> = .milliseconds(20) ... .seconds(1)
    /// How long a message may take from `send` to its outcome, all attempts included.
    public var deliveryTimeout = Duration.seconds(60)
    /// The largest message in bytes: key, value and headers. Up to 4 MiB less the framing.
    public var maximumMessageByteCount = 1 << 20
    /// Batches of one partition that may wait for an answer at one time. With more than one, a
    /// batch that is sent again can end up behind later ones.
    public var maximumInFlightBatches = 5

    /// How batches are compressed, each by itself; they are sent, kept and delivered that way. A
    /// batch that compression does not make smaller goes as it is. Worth it where bytes cost more
    /// than processor time: a network, a disk.
    public var compression = Compression.none
    /// Smaller batches, in bytes, are not compressed: there is little to gain.
    public var compressionThreshold = 1 << 10

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
