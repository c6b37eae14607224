// What a broker is started with.

package import AeroCore
package import AeroIO
package import AeroMemory
package import AeroStorage
import AeroWire

/// The settings of a broker process; every number has a bound that `validate` checks.
package struct BrokerConfiguration: Sendable {
    /// Where to listen; port 0 takes a free one.
    package var listenAddress: SocketAddress
    /// Where durable topics are kept; nil keeps everything in memory.
    package var dataDirectory: String?
    /// The disk that the data directory is on.
    package var disk: any Disk = SystemDisk()
    /// The time.
    package var clock: any Clock = SystemClock()
    /// Event loops, each on a thread of its own.
    package var shardCount = 1
    /// The poller wanted; nil takes what the machine does best.
    package var poller: PollerKind?
    /// Whether shard threads are pinned, shard n to the n-th allowed core.
    package var pinsShards = false
    /// Where message memory comes from.
    package var allocationMode = AllocationMode.pooled
    /// Hard cap on message memory, split evenly over the shards.
    package var memoryByteCountMax = 1 << 30
    /// How much of the memory is made and touched before the first client comes.
    package var preallocatedByteCount = 0
    /// Client connections at one time.
    package var connectionCountMax = 20_000
    /// Largest frame accepted, its length field included.
    package var frameByteCountMax = 4 << 20
    /// Largest batch accepted; nil for what a frame holds. A topic may ask for less.
    package var batchByteCountMax: Int?
    /// Output above this holds a connection's subscriptions and requests back.
    package var outputHighWatermark = 64 * 1024
    /// Output below this lets them go on.
    package var outputLowWatermark = 32 * 1024
    /// How long an event loop polls before it sleeps.
    package var spinNanoseconds: Int64 = 0
    /// Whether a thread watches how often the broker's threads cannot run, for the statistics.
    package var watchesHiccups = false
    /// How long a stopping broker waits for its clients to take what they were promised.
    package var drainNanoseconds: Int64 = 5_000_000_000
    /// Options of accepted sockets: no delay and keep-alive.
    package var socketOptions: SocketOptions = {
        var options = SocketOptions()
        options.isKeepAlive = true
        return options
    }()
    /// What is promised on every connection.
    package var connectionTerms = ConnectionTerms()
    /// Where producer ids start without a reservation in the data directory; nil for a random
    /// number, so that the ids of two brokers hardly ever meet. A simulation sets it.
    package var producerIdSeed: UInt64?
    /// Bounds and defaults of topics.
    package var topicLimits = TopicLimits()
    /// Bounds and times of consumer groups.
    package var groupLimits = GroupLimits()
    /// Where this broker's partitions are, for members that want those of their own machine room;
    /// empty for nowhere in particular.
    package var machineRoom = ""

    /// - Parameter listenAddress: Where to listen.
    package init(listenAddress: SocketAddress) { self.listenAddress = listenAddress }

    /// Bounds of the settings that a user can give.
    package static let shardCounts = 1...64
    package static let memoryByteCounts = (16 << 20)...(1 << 44)
    package static let frameByteCounts = (64 << 10)...(64 << 20)
    package static let batchByteCounts = (1 << 10)...(64 << 20)
    package static let connectionCounts = 1...1_000_000
    package static let topicCounts = 1...1_000_000
    package static let totalPartitionCounts = 1...10_000_000

    /// Checks every bound.
    ///
    /// - Throws: `BrokerError.invalidSetting` with the setting's name and what it must be.
    package func validate() throws(BrokerError) {
        guard Self.shardCounts.contains(shardCount) else {
            throw .invalidSetting("shards", "1 to 64")
        }
        guard Self.memoryByteCounts.contains(memoryByteCountMax) else {
            throw .invalidSetting("memory", "16 MiB to 16 TiB")
        }
        guard Self.frameByteCounts.contains(frameByteCountMax),
            frameByteCountMax <= memoryByteCountMax / shardCount / 4
        else {
            throw .invalidSetting(
                "max-frame", "64 KiB to 64 MiB, and at most a quarter of a shard's memory")
        }
        guard 0 < outputLowWatermark, outputLowWatermark <= outputHighWatermark else {
            throw .invalidSetting("output watermarks", "0 < low <= high")
        }
        guard Self.connectionCounts.contains(connectionCountMax) else {
            throw .invalidSetting("max-connections", "1 to 1000000")
        }
        guard (0...memoryByteCountMax).contains(preallocatedByteCount) else {
            throw .invalidSetting("preallocate", "at most the memory")
        }
        if let batchByteCountMax, !Self.batchByteCounts.contains(batchByteCountMax) {
            throw .invalidSetting("max-batch", "1 KiB to 64 MiB")
        }
        guard Self.topicCounts.contains(topicLimits.topicCountMax) else {
            throw .invalidSetting("max-topics", "1 to 1000000")
        }
        guard Self.totalPartitionCounts.contains(topicLimits.totalPartitionCountMax)
        else {
            throw .invalidSetting("max-partitions", "1 to 10000000")
        }
    }
}

extension BrokerConfiguration {
    /// The largest batch taken: it has to fit the frame that gives it back, and FETCH's prefix is
    /// the longest.
    var batchByteCountLimit: Int {
        min(batchByteCountMax ?? .max, frameByteCountMax - FetchReply.prefixByteCount)
    }

    /// Topics at one time.
    package var topicCountMax: Int {
        get { topicLimits.topicCountMax }
        set { topicLimits.topicCountMax = newValue }
    }

    /// Partitions of all topics together.
    package var totalPartitionCountMax: Int {
        get { topicLimits.totalPartitionCountMax }
        set { topicLimits.totalPartitionCountMax = newValue }
    }

    /// The buffers that each shard's pool makes ahead: half of their bytes are what stores fill,
    /// the rest is for messages on their way and for answers.
    var preallocatedCounts: [BufferSizeClass: Int] {
        let share = preallocatedByteCount / shardCount
        return [
            .kib256: (share / 2) >> 18, .kib64: (share / 4) >> 16,
            .kib8: (share / 16 * 3) >> 13, .kib1: (share / 16) >> 10,
        ]
    }
}

/// Why a broker could not be started.
package enum BrokerError: Error, Equatable, Sendable {
    /// A setting is outside its bounds: its name and what it must be.
    case invalidSetting(String, String)
    /// The address cannot be listened on.
    case cannotListen(String, Errno)
    /// A poller or thread could not be made.
    case system(String, Errno)
    /// The data directory cannot be used.
    case storage(DataDirectoryError)
}
