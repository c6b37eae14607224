// Workload files of the OpenMessaging Benchmark, as they are.

/// One workload file of the OpenMessaging Benchmark.
///
/// Keys and defaults are those of its `Workload.java`; keys that it does not know it ignores, and
/// so does this reader, which remembers them. Source: github.com/openmessaging/benchmark.
package struct OpenMessagingWorkload: Sendable, Equatable {
    /// The name as written; may hold anything.
    package var name: String
    /// Topics.
    package var topicCount: Int
    /// Partitions of each topic.
    package var partitionsPerTopic: Int
    /// Sizes of messages, and how often each comes.
    package var messageSizes: [MessageSize.Share]
    /// Share of random bytes in a message, 0 to 1; nil for payloads from a file.
    package var randomBytesRatio: Double?
    /// How many different payloads were asked for, of those that are random.
    package var payloadPoolSize: Int?
    /// Subscriptions of each topic; each gets every message.
    package var subscriptionsPerTopic: Int
    /// Producers of each topic.
    package var producersPerTopic: Int
    /// Consumers of each subscription.
    package var consumersPerSubscription: Int
    /// Messages a second of all producers together; 0 asks for a search.
    package var producerRate: Int64
    /// Gigabytes to build up before consumers begin.
    package var backlogGigabytes: Int
    /// Minutes measured.
    package var testMinutes: Int
    /// Minutes of warm-up.
    package var warmupMinutes: Int
    /// How messages get their keys.
    package var keyDistributor: KeyDistributor
    /// Keys that were ignored.
    package var ignoredKeys: [String]

    /// How messages get their keys.
    package enum KeyDistributor: String, CaseIterable, Sendable {
        /// None.
        case none = "NO_KEY"
        /// Of a fixed set, in turn.
        case roundRobin = "KEY_ROUND_ROBIN"
        /// Any of the same set, by the nanoseconds of a clock.
        case randomNano = "RANDOM_NANO"
    }

    /// How many keys the benchmark has.
    package static let keyCount = 10_000

    private static let knownKeys: Set<String> = [
        "name", "topics", "partitionsPerTopic", "keyDistributor", "messageSize",
        "messageSizeDistribution", "useRandomizedPayloads", "randomBytesRatio",
        "randomizedPayloadPoolSize", "payloadFile", "subscriptionsPerTopic",
        "producersPerTopic", "consumerPerSubscription", "producerRate", "consumerBacklogSizeGB",
        "backlogDrainRatio", "testDurationMinutes", "warmupDurationMinutes",
    ]

    /// Reads a workload file.
    ///
    /// - Parameters:
    ///   - text: YAML in UTF-8, at most 256 KiB.
    ///   - fileName: How messages call the file.
    /// - Throws: The first fault, with its place.
    package static func parse(
        _ text: [UInt8], fileName: String
    ) throws(ScenarioError) -> OpenMessagingWorkload {
        try OpenMessagingWorkload(try YAMLTreeReader.read(text, from: .file(fileName)))
    }

    private init(_ root: ScenarioNode) throws(ScenarioError) {
        let reader = try OpenMessagingReader(root, title: "the workload")
        name = reader.text("name") ?? "omb"
        topicCount = try reader.required("topics", in: 1...1_000_000)
        partitionsPerTopic = try reader.required("partitionsPerTopic", in: 1...1_000_000)
        subscriptionsPerTopic = try reader.required("subscriptionsPerTopic", in: 0...1_000)
        producersPerTopic = try reader.required("producersPerTopic", in: 1...100_000)
        consumersPerSubscription = try reader.required("consumerPerSubscription", in: 0...100_000)
        producerRate = Int64(try reader.required("producerRate", in: 0...1_000_000_000))
        testMinutes = try reader.required("testDurationMinutes", in: 1...1_440)
        warmupMinutes = try reader.integer("warmupDurationMinutes", in: 0...60) ?? 1
        backlogGigabytes = try reader.integer("consumerBacklogSizeGB", in: 0...1_000_000) ?? 0
        keyDistributor = try reader.choice("keyDistributor", KeyDistributor.self) ?? .none
        if let shares = try reader.distribution("messageSizeDistribution") {
            messageSizes = shares
        } else {
            let byteCount = try reader.required("messageSize", in: 1...16_777_216)
            messageSizes = [MessageSize.Share(byteCount: byteCount, weight: 1)]
        }
        let isRandomized = reader.text("useRandomizedPayloads") == "true"
        randomBytesRatio = isRandomized ? try reader.share("randomBytesRatio") ?? 0 : nil
        payloadPoolSize =
            isRandomized
            ? try reader.integer("randomizedPayloadPoolSize", in: 0...1_000_000_000) : nil
        ignoredKeys = reader.keys.filter { !Self.knownKeys.contains($0) }
    }
}
