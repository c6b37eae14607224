// What an application sends.

/// A named value that travels beside a message.
public struct MessageHeader: Sendable, Equatable {
    /// The name.
    public var name: String
    /// The value, or nil.
    public var value: [UInt8]?

    /// Makes a header.
    public init(_ name: String, _ value: [UInt8]?) {
        self.name = name
        self.value = value
    }
}

/// One message of a producer.
public struct Message: Sendable, Equatable {
    /// What keeps related messages in one partition, and so in order; nil for none.
    public var key: [UInt8]?
    /// The content; nil marks the key's earlier values as deleted.
    public var value: [UInt8]?
    /// Named values beside the content.
    public var headers: [MessageHeader]
    /// The partition, from 0; nil lets the producer's partitioner choose.
    public var partition: Int?
    /// Milliseconds since 1970; nil for the time of batching.
    public var timestampMilliseconds: Int64?

    /// Makes a message of bytes.
    public init(
        _ value: [UInt8]?, key: [UInt8]? = nil, headers: [MessageHeader] = [],
        partition: Int? = nil, timestampMilliseconds: Int64? = nil
    ) {
        self.key = key
        self.value = value
        self.headers = headers
        self.partition = partition
        self.timestampMilliseconds = timestampMilliseconds
    }

    /// Makes a message of text, as UTF-8.
    public init(_ text: String, key: String? = nil) {
        self.init(Array(text.utf8), key: key.map { Array($0.utf8) })
    }

    /// Bytes of key, value and headers, as `ProducerOptions.maximumMessageByteCount` counts.
    public var byteCount: Int {
        var count = (key?.count ?? 0) + (value?.count ?? 0)
        for header in headers { count += header.name.utf8.count + (header.value?.count ?? 0) }
        return count
    }

    /// What it may take of memory while it waits: its bytes and what stands around them.
    var queuedByteCount: Int { byteCount + 128 + headers.count * 64 }
}

/// Where a message was stored.
public struct RecordMetadata: Sendable, Equatable {
    /// The topic.
    public let topic: String
    /// The partition, from 0.
    public let partition: Int
    /// The offset in the partition; nil when the producer does not wait for the broker.
    public let offset: Int64?
    /// The message's timestamp in milliseconds since 1970.
    public let timestampMilliseconds: Int64
}
