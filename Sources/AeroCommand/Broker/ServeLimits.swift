// The options of `aeromq serve` that bound what a broker takes.

import AeroBroker

/// Bounds that a user may set, and what they do to a broker's configuration.
enum ServeLimits {
    static let options = [
        OptionSpecification(
            "--memory", "SIZE", "most memory for messages and answers; default 1GiB"),
        OptionSpecification(
            "--preallocate", "SIZE", "of it, made and touched before the start; default 0B"),
        OptionSpecification(
            "--max-connections", "N", "default 20000, or what the descriptor limit allows"),
        OptionSpecification("--max-frame", "SIZE", "largest frame; default 4MiB"),
        OptionSpecification(
            "--max-batch", "SIZE", "largest batch; default: what a frame holds"),
        OptionSpecification("--max-topics", "N", "default 10000"),
        OptionSpecification(
            "--max-partitions", "N", "of all topics together; default 100000"),
    ]

    /// Takes over what the options say.
    static func apply(
        _ arguments: ParsedArguments, to configuration: inout BrokerConfiguration
    ) throws(CommandError) {
        let memory = try arguments.byteCount("--memory", in: BrokerConfiguration.memoryByteCounts)
        configuration.memoryByteCountMax = memory ?? configuration.memoryByteCountMax
        configuration.preallocatedByteCount =
            try arguments.byteCount("--preallocate", in: 0...configuration.memoryByteCountMax)
            ?? configuration.preallocatedByteCount
        configuration.frameByteCountMax =
            try arguments.byteCount("--max-frame", in: BrokerConfiguration.frameByteCounts)
            ?? configuration.frameByteCountMax
        configuration.batchByteCountMax = try arguments.byteCount(
            "--max-batch", in: BrokerConfiguration.batchByteCounts)
        configuration.topicCountMax =
            try arguments.integer("--max-topics", in: BrokerConfiguration.topicCounts)
            ?? configuration.topicCountMax
        configuration.totalPartitionCountMax =
            try arguments.integer("--max-partitions", in: BrokerConfiguration.totalPartitionCounts)
            ?? configuration.totalPartitionCountMax
        try applyConnections(arguments, &configuration)
    }

    /// Connections need descriptors: where there are not enough, one too many would wait for ever
    /// instead of being refused.
    private static func applyConnections(
        _ arguments: ParsedArguments, _ configuration: inout BrokerConfiguration
    ) throws(CommandError) {
        let name = "--max-connections"
        let wanted = try arguments.integer(name, in: BrokerConfiguration.connectionCounts)
        let possible = DescriptorLimit.connectionCount
        guard let wanted else {
            configuration.connectionCountMax = min(configuration.connectionCountMax, possible)
            return
        }
        guard wanted <= possible else {
            throw arguments.wrong(
                name,
                "\(wanted) connections need more descriptors than this process may have: "
                    + "raise the limit (ulimit -Hn), or allow at most \(possible)")
        }
        configuration.connectionCountMax = wanted
    }
}
