// STATISTICS: the broker's counters by name.

/// Asks for the broker's counters.
package struct StatisticsRequest: RequestPayload {
    /// Makes the request.
    package init() {}

    package static var command: Command { .statistics }

    package var encodedByteCount: Int { 0 }

    package static func decode(
        from reader: inout WireReader
    ) throws(WireError) -> StatisticsRequest {
        StatisticsRequest()
    }

    package func encode(into writer: inout WireWriter) throws(WireError) {}
}

/// One counter. `name string | value i64`
package struct Statistic: Equatable, Sendable {
    /// What is counted, with its unit at the end.
    package var name: String
    /// The count so far.
    package var value: Int64

    /// Makes a statistic.
    package init(name: String, value: Int64) {
        self.name = name
        self.value = value
    }
}

/// `count u32 | Statistic ...`
package struct StatisticsReply: ReplyPayload {
    /// The counters, in the broker's order.
    package var entries: [Statistic]

    /// Makes a reply.
    package init(entries: [Statistic]) { self.entries = entries }

    package var encodedByteCount: Int { entries.reduce(4) { $0 + 2 + $1.name.utf8.count + 8 } }

    package static func decode(
        from reader: inout WireReader
    ) throws(WireError) -> StatisticsReply {
        let count = try reader.readCount(limit: WireLimits.statisticsMax, elementByteCountMin: 10)
        var entries: [Statistic] = []
        entries.reserveCapacity(count)
        for _ in 0..<count {
            entries.append(
                Statistic(
                    name: try reader.readText(limit: WireLimits.statisticNameByteCountMax),
                    value: try reader.readInteger()))
        }
        return StatisticsReply(entries: entries)
    }

    package func encode(into writer: inout WireWriter) throws(WireError) {
        try writer.write(count: entries.count, limit: WireLimits.statisticsMax)
        for entry in entries {
            try writer.write(text: entry.name, limit: WireLimits.statisticNameByteCountMax)
            try writer.write(entry.value)
        }
    }
}
