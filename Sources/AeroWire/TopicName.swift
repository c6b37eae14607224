// What a topic may be called.

/// A valid topic name: 1...249 bytes of `[a-zA-Z0-9._-]`, neither `.` nor `..`.
///
/// The same rule as Kafka's, so that a name can be a folder and travel to other brokers.
package struct TopicName: Hashable, Sendable, CustomStringConvertible {
    /// The name.
    package let text: String

    /// Checks a name.
    ///
    /// - Throws: `.invalidTopicName`.
    package init(_ text: String) throws(WireError) {
        guard TopicName.isValid(text) else { throw .invalidTopicName }
        self.text = text
    }

    package var description: String { text }

    /// Whether a text is a valid topic name.
    package static func isValid(_ text: String) -> Bool {
        let count = text.utf8.count
        guard count >= 1, count <= WireLimits.topicNameByteCountMax else { return false }
        guard text != ".", text != ".." else { return false }
        return text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "-"):
                true
            default:
                false
            }
        }
    }
}
