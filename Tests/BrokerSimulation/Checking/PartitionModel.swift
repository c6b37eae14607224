// What is known of a partition's log from what clients were told and shown.

import AeroWire

/// Where a batch stands: which partition, in which life of the broker where that matters.
struct PartitionName: Hashable {
    /// The broker's life for volatile topics, 0 for those that outlive one.
    let life: Int
    let topicId: UInt32
    let partition: UInt32
}

extension PartitionName: CustomStringConvertible {
    var description: String { "topic \(topicId) partition \(partition) in life \(life)" }
}

/// One partition's log as far as anybody saw it; says what does not fit.
///
/// A log gives each offset once. So whatever was acknowledged or shown at an offset is what
/// everybody has to find there, for as long as the topic's promise holds.
final class PartitionModel {
    let name: PartitionName
    let durability: TopicDurability
    /// Who is at which offset.
    private var records: [Int64: MessageId] = [:]
    /// Where each message was seen; a message that was sent again may be there more than once.
    private var places: [MessageId: [Int64]] = [:]
    /// The end of what was acknowledged.
    private(set) var acknowledgedEnd: Int64 = 0
    /// The end of what was acknowledged or shown.
    private(set) var knownEnd: Int64 = 0
    /// Offsets that were acknowledged, with the time, in the order of the acknowledgements.
    private(set) var acknowledged: [(offset: Int64, nanoseconds: Int64)] = []
    /// The highest start of the log that was reported.
    private(set) var logStartOffset: Int64 = 0

    private struct Restart {
        let life: Int
        let end: Int64
        let mayLose: Bool
    }

    private var restarts: [Restart] = []

    init(_ name: PartitionName, _ durability: TopicDurability) {
        self.name = name
        self.durability = durability
    }

    /// Who is at an offset, if anybody knows.
    func message(at offset: Int64) -> MessageId? { records[offset] }

    /// Where a message was seen or acknowledged.
    func places(of id: MessageId) -> [Int64] { places[id] ?? [] }

    /// Offsets that were acknowledged or shown, lowest first.
    var knownOffsets: [Int64] { records.keys.sorted() }

    /// A producer was told that its message is stored at `offset`.
    /// - Parameters:
    ///   - nanoseconds: When.
    ///   - life: By which life of the broker: what it said may arrive after its end.
    func acknowledge(
        _ id: MessageId, at offset: Int64, nanoseconds: Int64, life: Int
    ) -> String? {
        if let restart = restart(after: life, losing: offset) {
            if restart.mayLose { return nil }
            return "message \(id) was acknowledged at offset \(offset) of \(name), and life"
                + " \(restart.life) of the broker began with \(restart.end)"
        }
        acknowledgedEnd = max(acknowledgedEnd, offset + 1)
        acknowledged.append((offset, nanoseconds))
        return place(id, at: offset, "was acknowledged")
    }

    /// A consumer was shown a message at `offset`, by a life of the broker.
    func show(_ id: MessageId, at offset: Int64, life: Int) -> String? {
        if restart(after: life, losing: offset) != nil { return nil }
        return place(id, at: offset, "was delivered")
    }

    /// The restart behind a life of the broker whose log no longer had an offset.
    private func restart(after life: Int, losing offset: Int64) -> Restart? {
        restarts.first { $0.life > life && offset >= $0.end }
    }

    /// The broker has begun a new life, and its log ends at `end`.
    ///
    /// - Parameter keepsUntil: Acknowledgements up to this time hold whatever happened.
    /// - Returns: What was lost that must not be.
    func restarted(life: Int, end: Int64, keepsUntil: Int64) -> String? {
        let mayLose = keepsUntil < .max
        restarts.append(Restart(life: life, end: end, mayLose: mayLose))
        let lost = acknowledged.filter { $0.offset >= end && $0.nanoseconds <= keepsUntil }
        let lostIds = lost.prefix(5).map { "\($0.offset)" }.joined(separator: ", ")
        let violation =
            lost.isEmpty
            ? nil
            : "life \(life) of the broker lost \(lost.count) acknowledged records of \(name)"
                + " (\(durability)), whose log ends at \(end): offsets \(lostIds)"
        truncate(to: end)
        return violation
    }

    /// A reply said where the log starts.
    func noteLogStart(_ offset: Int64) { logStartOffset = max(logStartOffset, offset) }

    private func place(_ id: MessageId, at offset: Int64, _ event: String) -> String? {
        if let known = records[offset] {
            if known == id { return nil }
            return "message \(id) \(event) at offset \(offset), where \(known) is, of \(name)"
        }
        records[offset] = id
        places[id, default: []].append(offset)
        knownEnd = max(knownEnd, offset + 1)
        return nil
    }

    private func truncate(to end: Int64) {
        for offset in records.keys.sorted() where offset >= end {
            guard let id = records.removeValue(forKey: offset) else { continue }
            places[id]?.removeAll { $0 == offset }
        }
        acknowledged.removeAll { $0.offset >= end }
        acknowledgedEnd = min(acknowledgedEnd, end)
        knownEnd = min(knownEnd, end)
    }
}
