// A topic's properties as the lines of its file.

import AeroCore
import AeroStorage
import AeroWire

extension TopicProperties {
    /// The name of the topic's directory.
    var directoryName: String { "\(name).\(topicId)" }

    /// The lines of the topic's file.
    var lines: [String] {
        let fixed = [
            "name: \(name)", "id: \(topicId)", "partitions: \(partitionCount)",
            "durability: \(durability)",
            "durability.interval.ms: \(durabilityIntervalMilliseconds)",
            "memory.retention.bytes: \(retentionByteCount)",
            "memory.maximum.bytes: \(maximumByteCount)",
        ]
        return fixed + settings.listed.map { "\($0.name): \($0.value)" }
    }

    /// Reads the lines of a topic's file; nil when one is missing, out of bounds or unknown.
    ///
    /// Unknown lines are not skipped: a later version may have promised what this one would break.
    init?(lines: [String]) {
        var fields: [String: String] = [:]
        for line in lines {
            guard let (key, value) = SealedText.field(line), fields[key] == nil else { return nil }
            fields[key] = value
        }
        guard let name = fields.removeValue(forKey: "name"), TopicName.isValid(name),
            let topicId: UInt32 = fields.takeInteger("id"), topicId < .max,
            let partitionCount: UInt32 = fields.takeInteger("partitions"), partitionCount > 0,
            let word = fields.removeValue(forKey: "durability"),
            let durability = TopicDurability.allCases.first(where: { "\($0)" == word }),
            let interval: UInt32 = fields.takeInteger("durability.interval.ms"),
            let retention: UInt64 = fields.takeInteger("memory.retention.bytes"),
            let maximum: UInt64 = fields.takeInteger("memory.maximum.bytes"),
            durability != .interval || interval > 0
        else { return nil }
        var settings = TopicSettings()
        do throws(ErrorCode) {
            try settings.apply(fields.map { TopicSetting($0.key, $0.value) })
        } catch {
            return nil
        }
        self.init(
            topicId: topicId, name: name, partitionCount: partitionCount, durability: durability,
            durabilityIntervalMilliseconds: interval, retentionByteCount: retention,
            maximumByteCount: maximum, settings: settings)
    }
}

extension [String: String] {
    fileprivate mutating func takeInteger<Integer: FixedWidthInteger>(
        _ key: String
    ) -> Integer? {
        removeValue(forKey: key).flatMap { Integer($0) }
    }
}
