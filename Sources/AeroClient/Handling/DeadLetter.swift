// Records that nobody could work off, and what is known of them.

/// The headers that a dead letter has beside those of its record; numbers in decimal.
public enum DeadLetterHeader {
    /// The topic that the record was consumed from.
    public static let topic = "dead-letter.topic"
    /// The record's partition.
    public static let partition = "dead-letter.partition"
    /// The record's offset.
    public static let offset = "dead-letter.offset"
    /// The record's timestamp in milliseconds since 1970. The dead letter's own timestamp is that
    /// of its writing, so that retention counts from there.
    public static let timestamp = "dead-letter.timestamp"
    /// The group that could not work it off; missing for a consumer without one.
    public static let group = "dead-letter.group"
    /// How often its last consumer has tried.
    public static let attempts = "dead-letter.attempts"
    /// The last attempt's error, as text; the first 1,024 bytes of it.
    public static let cause = "dead-letter.cause"

    /// Bytes of the record's value, when the letter has only the first ones: it was too large.
    public static let truncated = "dead-letter.truncated"

    /// What all of these begin with.
    static let prefix = "dead-letter."
}

/// Thrown by a handler for a record that no other attempt would help: it becomes a dead letter at
/// once.
public struct RecordRejection: Error, Sendable, Equatable, CustomStringConvertible {
    /// Why, for the dead letter's header.
    public let reason: String

    /// Rejects a record for this reason.
    public init(_ reason: String) { self.reason = reason }

    /// The reason.
    public var description: String { reason }
}

extension Message {
    private static let causeByteCountMax = 1_024

    /// The dead letter of a record.
    ///
    /// Headers of an earlier death are replaced: a dead letter that was sent back and failed again
    /// tells of its last life.
    init(deadLetterOf record: Record, group: String?, attempts: Int, cause: String) {
        var headers = record.headers.filter { !$0.name.hasPrefix(DeadLetterHeader.prefix) }
        func add(_ name: String, _ text: String) {
            headers.append(MessageHeader(name, Array(text.utf8)))
        }
        add(DeadLetterHeader.topic, record.topic)
        add(DeadLetterHeader.partition, "\(record.partition)")
        add(DeadLetterHeader.offset, "\(record.offset)")
        add(DeadLetterHeader.timestamp, "\(record.timestampMilliseconds)")
        if let group { add(DeadLetterHeader.group, group) }
        add(DeadLetterHeader.attempts, "\(attempts)")
        let text = String(decoding: cause.utf8.prefix(Self.causeByteCountMax), as: UTF8.self)
        add(DeadLetterHeader.cause, text)
        self.init(record.value, key: record.key, headers: headers)
    }

    /// Cuts the value of a dead letter in half, and says in a header how long it was.
    ///
    /// - Returns: False when nothing of it is left to cut.
    mutating func halveValue(of record: Record) -> Bool {
        guard let whole = record.value, let rest = value, !rest.isEmpty else { return false }
        if rest.count == whole.count {
            headers.append(MessageHeader(DeadLetterHeader.truncated, Array("\(whole.count)".utf8)))
        }
        value = Array(rest.prefix(rest.count / 2))
        return true
    }
}
