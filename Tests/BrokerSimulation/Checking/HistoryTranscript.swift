// What clients did and saw, as a history that a judge without any knowledge of brokers reads.

import AeroWire
import FaultSupport

/// Collects the steps of a simulation's clients for the `HistoryChecker`.
///
/// The checker knows no durability: it holds that nothing is ever lost. So a partition counts only
/// if it outlives the broker and no crash was allowed to take anything of it.
final class HistoryTranscript {
    private struct Step {
        /// Which partition it is about, by its number; nil for all.
        let partition: Int?
        let event: HistoryEvent
    }

    private struct Sending {
        let partition: Int
        var isAcknowledged = false
    }

    private var numbers: [PartitionName: Int] = [:]
    private var names: [PartitionName] = []
    private var steps: [Step] = []
    private var sendings: [MessageId: Sending] = [:]
    /// In the order in which they were first sent.
    private var sent: [MessageId] = []

    private func number(_ name: PartitionName) -> Int {
        if let known = numbers[name] { return known }
        let made = names.count
        numbers[name] = made
        names.append(name)
        return made
    }

    private func add(_ name: PartitionName, _ make: (Int) -> HistoryEvent) {
        guard name.life == 0 else { return }
        let number = number(name)
        steps.append(Step(partition: number, event: make(number)))
    }

    // MARK: - Steps

    func brokerStarted() { steps.append(Step(partition: nil, event: .brokerStarted)) }

    /// A batch was handed to a connection, perhaps not for the first time.
    func sent(_ messages: [MessageId], to name: PartitionName) {
        guard name.life == 0 else { return }
        for id in messages where sendings[id] == nil {
            sendings[id] = Sending(partition: number(name))
            sent.append(id)
            add(name) { .sendInvoked(SentMessage(id), partition: $0) }
        }
    }

    func acknowledged(_ id: MessageId, at offset: Int64, _ name: PartitionName) {
        // What is sent again may be acknowledged again, of another copy.
        guard name.life == 0, sendings[id]?.isAcknowledged == false else { return }
        sendings[id]?.isAcknowledged = true
        add(name) { _ in .sendAcknowledged(SentMessage(id), offset: offset) }
    }

    func consumerStarted(_ consumer: Int, _ name: PartitionName, at offset: Int64) {
        add(name) { .consumerStarted(consumer: consumer, partition: $0, at: .offset(offset)) }
    }

    func received(_ consumer: Int, _ name: PartitionName, _ offset: Int64, _ id: MessageId) {
        add(name) { .received(consumer: consumer, RecordPlace($0, offset), SentMessage(id)) }
    }

    func readToEnd(_ consumer: Int, _ name: PartitionName, _ range: Range<Int64>) {
        add(name) {
            .readToEnd(
                consumer: consumer, partition: $0, start: range.lowerBound, end: range.upperBound)
        }
    }

    // MARK: - The judgement

    /// Judges what happened in the partitions that may have lost nothing.
    ///
    /// - Parameters:
    ///   - promises: What each producer was promised, by its number.
    ///   - keepsAll: Whether a partition may have lost nothing.
    ///   - isRefused: Whether a message was certainly not stored.
    func judge(
        promises: [DeliveryPromise], keepsAll: (PartitionName) -> Bool,
        isRefused: (MessageId, PartitionName) -> Bool
    ) -> HistoryReport {
        let counts = names.map(keepsAll)
        var checker = HistoryChecker(promises: promises)
        for step in steps where step.partition.map({ counts[$0] }) ?? true {
            checker.record(step.event)
        }
        for id in sent {
            guard let sending = sendings[id], !sending.isAcknowledged, counts[sending.partition]
            else { continue }
            let isRefused = isRefused(id, names[sending.partition])
            checker.record(
                isRefused ? .sendFailed(SentMessage(id)) : .sendUnknown(SentMessage(id)))
        }
        return checker.report()
    }
}

extension SentMessage {
    /// A message of the simulation as the checker names it.
    fileprivate init(_ id: MessageId) {
        self.init(producer: id.producer, sequence: Int64(id.sequence))
    }
}
