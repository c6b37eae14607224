// One kind of traffic of a scenario.

/// Traffic with one topology, one distribution of message sizes and one schedule.
@usableFromInline package struct TrafficClass: Sendable, Equatable {
    /// Unique in the scenario: a-z, 0-9 and hyphens.
    package let name: String
    /// Topics of this class alone.
    package let topicCount: Int
    /// Partitions of each topic.
    package let partitionCount: Int
    /// Producers of the whole class; together they keep the class's rate.
    package let producerCount: Int
    /// Consumers of each group, over all topics of the class; at most `destinationCount`.
    package let consumersPerGroup: Int
    /// Groups; each group gets every message once.
    package let groupCount: Int
    /// Bytes of a message value, stamp included.
    package let messageSize: MessageSize
    /// What message bodies are made of.
    package let payload: Payload
    /// The share of a random body's bytes that compresses, in billionths.
    package let compressibleBillionths: Int64
    /// When messages are sent.
    package let load: LoadShape
    /// How messages are put together.
    package let batch: BatchOptions
    /// What a producer waits for.
    package let acknowledgement: Acknowledgement
    /// How a consumer gets messages.
    package let consume: Consume
    /// What keys messages carry.
    package let keys: MessageKeys
    /// How consumers handle what they receive; nil when they take everything at once.
    package let handling: ConsumerPace?
    /// What the broker does with the messages.
    package let storage: TopicStorage

    /// Topic-partitions of the class; a destination index is `topic * partitionCount + partition`.
    package var destinationCount: Int { topicCount * partitionCount }

    /// Bytes of the largest message value there may be; at least 16.
    package var messageByteCount: Int { messageSize.bounds.upperBound }

    /// The stamp that fits the message size.
    package var stampForm: StampForm { StampForm(messageByteCount: messageByteCount) }

    /// What message bodies are made of.
    package enum Payload: String, CaseIterable, Sendable {
        /// Random bytes, which do not compress.
        case random
        /// Text like that of events in JSON, which does.
        case json
    }

    /// What a producer waits for.
    package enum Acknowledgement: String, CaseIterable, Sendable {
        /// Nothing: the broker sends no reply.
        case none = "0"
        /// The leader has it.
        case leader = "1"
        /// Every in-sync replica has it.
        case all
    }

    /// How a consumer gets messages.
    package enum Consume: String, CaseIterable, Sendable {
        /// The broker sends them as credit allows.
        case push
        /// The consumer asks for them.
        case pull
    }
}

/// How a producer puts messages together; a batch leaves when any limit is reached.
package struct BatchOptions: Sendable, Equatable {
    /// Most messages of one batch.
    package let messageCount: Int
    /// Most bytes of message values in one batch; at least one message.
    package let byteCount: Int
    /// Longest wait for more messages; 0 sends what is due at once.
    package let lingerNanoseconds: Int64
    /// How a full batch is made smaller.
    package let compression: Compression
    /// Whether batches are filled up to the limits, or only as far as the load asks for.
    package let sizing: Sizing

    /// How large a batch becomes.
    package enum Sizing: String, CaseIterable, Sendable {
        /// A batch waits for the linger time, or until it is full.
        case fixed
        /// Size and wait follow the answers: small when idle, up to the limits under load.
        case adaptive
    }

    /// The codecs of the batch format, at their default levels.
    package enum Compression: String, CaseIterable, Sendable {
        case none, gzip, snappy, lz4, zstd
    }
}
