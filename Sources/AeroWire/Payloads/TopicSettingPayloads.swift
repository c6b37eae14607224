// Settings of a topic by name, and ALTER_TOPIC, which changes them.

/// One setting: a name such as `segment.bytes`, and its value as text.
///
/// `name string | value string`
package struct TopicSetting: Equatable, Sendable {
    /// The setting's name.
    package var name: String
    /// Its value: a whole number in bytes or milliseconds, or a word.
    package var value: String

    /// Makes a setting.
    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    /// The least bytes of one on the wire.
    static let encodedByteCountMin = 4

    var encodedByteCount: Int { 2 + name.utf8.count + 2 + value.utf8.count }
}

extension [TopicSetting] {
    /// Bytes of `count u32 | TopicSetting ...`.
    var listByteCount: Int { reduce(4) { $0 + $1.encodedByteCount } }
}

extension WireReader {
    mutating func readSettings() throws(WireError) -> [TopicSetting] {
        let count = try readCount(
            limit: WireLimits.topicSettingsMax,
            elementByteCountMin: TopicSetting.encodedByteCountMin)
        var settings: [TopicSetting] = []
        settings.reserveCapacity(count)
        for _ in 0..<count {
            settings.append(
                TopicSetting(
                    try readText(limit: WireLimits.topicSettingByteCountMax),
                    try readText(limit: WireLimits.topicSettingByteCountMax)))
        }
        return settings
    }
}

extension WireWriter {
    mutating func write(settings: [TopicSetting]) throws(WireError) {
        try write(count: settings.count, limit: WireLimits.topicSettingsMax)
        for setting in settings {
            try write(text: setting.name, limit: WireLimits.topicSettingByteCountMax)
            try write(text: setting.value, limit: WireLimits.topicSettingByteCountMax)
        }
    }
}

/// Changes settings of a topic; those not named stay. `name string | TopicSetting list`
package struct AlterTopicRequest: RequestPayload {
    /// The topic's name.
    package var name: String
    /// What to change.
    package var settings: [TopicSetting]

    /// Makes a request.
    package init(name: String, settings: [TopicSetting]) {
        self.name = name
        self.settings = settings
    }

    package static var command: Command { .alterTopic }

    package var encodedByteCount: Int { 2 + name.utf8.count + settings.listByteCount }

    package static func decode(
        from reader: inout WireReader
    ) throws(WireError) -> AlterTopicRequest {
        AlterTopicRequest(name: try reader.readText(), settings: try reader.readSettings())
    }

    package func encode(into writer: inout WireWriter) throws(WireError) {
        try writer.write(text: name)
        try writer.write(settings: settings)
    }
}

/// Answers ALTER_TOPIC.
package typealias AlterTopicReply = EmptyReply
