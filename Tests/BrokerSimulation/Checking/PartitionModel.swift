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
    /// The highest start of the log that was reported.
    private(set) var logStartOffset: Int64 = 0
    /// How far the log reached at least, and since when somebody was told so; both ascend.
    private var promises: [(end: Int64, nanoseconds: Int64)] = []
    /// True once a crash has taken what it was allowed to take, and what clients may know of.
    private(set) var hasLost = false
    /// The end that the last recovery found, and made durable.
    private var recoveredEnd: Int64 = 0

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

    /// Where a message was seen or acknowledged.
    func places(of id: MessageId) -> [Int64] { places[id] ?? [] }

    /// The highest end that anybody was told of since the log last lost something.
    var promisedEnd: Int64 { promises.last?.end ?? 0 }

    /// A producer was told that its message is stored at `offset`.
    /// - Parameters:
    ///   - nanoseconds: When.
    ///   - life: By which life of the broker: what it said may arrive after its end.
    func acknowledge(
        _ id: MessageId, at offset: Int64, nanoseconds: Int64, life: Int
    ) -> String? {
        let event = "was acknowledged"
        if let restart = restart(after: life, before: offset + 1) {
            return missed("message \(id) \(event) at \(offset)", restart)
        }
        acknowledgedEnd = max(acknowledgedEnd, offset + 1)
        promise(offset + 1, nanoseconds)
        return place(id, at: offset, event)
    }

    /// A consumer was shown a message at `offset`, by a life of the broker.
    func show(_ id: MessageId, at offset: Int64, nanoseconds: Int64, life: Int) -> String? {
        let event = "was delivered"
        if let restart = restart(after: life, before: offset + 1) {
            return missed("message \(id) \(event) at \(offset)", restart)
        }
        promise(offset + 1, nanoseconds)
        return place(id, at: offset, event)
    }

    /// Somebody was told the high watermark, by a life of the broker.
    func tell(highWatermark: Int64, nanoseconds: Int64, life: Int) -> String? {
        if let restart = restart(after: life, before: highWatermark) {
            return missed("the high watermark was \(highWatermark)", restart)
        }
        promise(highWatermark, nanoseconds)
        return nil
    }

    /// What was said before a restart is not there behind it.
    private func missed(_ what: String, _ restart: Restart) -> String? {
        hasLost = true
        return restart.mayLose ? nil : lost(what, restart)
    }

    private func lost(_ what: String, _ restart: Restart) -> String {
        "\(what) of \(name) (\(durability)), and life \(restart.life) of the broker began with"
            + " \(restart.end)"
    }

    private func promise(_ end: Int64, _ nanoseconds: Int64) {
        if end > promisedEnd { promises.append((end, nanoseconds)) }
    }

    /// The restart behind a life of the broker whose log did not reach up to `end` any more.
    private func restart(after life: Int, before end: Int64) -> Restart? {
        restarts.first { $0.life > life && end > $0.end }
    }

    /// The broker has begun a new life, and its log ends at `end`.
    ///
    /// - Parameters:
    ///   - keepsUntil: What was said up to this time holds whatever happened.
    ///   - keepsRecovered: Whether what the recovery before found is there.
    /// - Returns: What was lost that must not be.
    func restarted(life: Int, end: Int64, keepsUntil: Int64, keepsRecovered: Bool) -> String? {
        let restart = Restart(life: life, end: end, mayLose: keepsUntil < .max)
        restarts.append(restart)
        let promised = promises.last { $0.nanoseconds <= keepsUntil }?.end ?? 0
        defer {
            truncate(to: end)
            recoveredEnd = end
        }
        if promised > end {
            return lost("clients know of \(promised) records", restart)
        }
        if keepsRecovered, recoveredEnd > end {
            return lost("the recovery before made \(recoveredEnd) records durable", restart)
        }
        return nil
    }

    /// The broker has begun a new life in which nobody knows where its log ends: it could not be
    /// read then, and may be later.
    func restartedUnseen(life: Int, mayLose: Bool) {
        // What must be there will be missed when somebody reads it.
        guard mayLose else { return }
        restarts.append(Restart(life: life, end: 0, mayLose: true))
        truncate(to: 0)
        recoveredEnd = 0
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
        if promisedEnd > end || knownEnd > end { hasLost = true }
        for offset in records.keys.sorted() where offset >= end {
            guard let id = records.removeValue(forKey: offset) else { continue }
            places[id]?.removeAll { $0 == offset }
        }
        promises.removeAll { $0.end > end }
        acknowledgedEnd = min(acknowledgedEnd, end)
        knownEnd = min(knownEnd, end)
    }
}
