// The history checker against an oracle and against histories that are right.

import FaultSupport
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct HistoryPropertyTests {
    @Test func rightHistoriesPass() {
        for seed in (0..<200).map({ TestSeed.current &+ $0 }) {
            let simulation = HistorySimulation(seed: seed, stepCount: 300, partitionCount: 3)
            let report = HistoryChecker.report(simulation.events, promises: simulation.promises)
            #expect(report.isClean, "seed \(seed): \(report.lines())")
            #expect(report.counts.acknowledged > 50 && report.counts.received > 100)
        }
    }

    @Test func changedHistoriesAreJudgedAsByTheOracle() {
        var seen: Set<HistoryFault> = []
        for seed in (0..<150).map({ TestSeed.current &+ $0 }) {
            let simulation = HistorySimulation(seed: seed, stepCount: 40)
            var random = SplitMix64(seed: ~seed)
            var events = simulation.events
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                HistoryMutation.change(&events, &random)
            }
            let report = HistoryChecker.report(events, promises: simulation.promises)
            let oracle = NaiveHistoryChecker(events: events, promises: simulation.promises)
            let expected = oracle.findings.sorted()
            #expect(report.findings == expected, "seed \(seed)")
            seen.formUnion(report.faults)
        }
        // Otherwise the comparison would prove little.
        #expect(seen == Set(HistoryFault.allCases), "never seen: \(missing(seen))")
    }

    private func missing(_ seen: Set<HistoryFault>) -> [HistoryFault] {
        HistoryFault.allCases.filter { !seen.contains($0) }
    }
}

/// Random damage to a history that leaves it well-formed.
enum HistoryMutation {
    static func change(_ events: inout [HistoryEvent], _ random: inout SplitMix64) {
        // Rare kinds of steps get their share by the second choice.
        let kind = Int.random(in: 0..<16, using: &random)
        let some = events.indices.filter { kind == 0 && events[$0].isRare }
        let index =
            some.randomElement(using: &random) ?? Int.random(in: 0..<events.count, using: &random)
        let offset = Int64.random(in: 0...12, using: &random)
        switch events[index] {
        case .sendInvoked, .brokerStarted: exchange(&events, index, &random)
        case .sendAcknowledged(let message, let old):
            let others: [HistoryEvent] = [
                .sendFailed(message), .sendUnknown(message),
                .sendAcknowledged(message, offset: offset),
                .sendAcknowledged(message, offset: old + 1),
            ]
            // BOUND: four choices.
            events[index] = others[Int.random(in: 0..<others.count, using: &random)]
        case .sendFailed(let message), .sendUnknown(let message):
            if Bool.random(using: &random) {
                events.insert(.sendAcknowledged(message, offset: offset), at: index + 1)
            } else {
                events[index] = .sendAcknowledged(message, offset: offset)
            }
        case .received(let consumer, let place, let message):
            receive(&events, index, (consumer, place, message), &random)
        case .consumerStarted(let consumer, let partition, _):
            events[index] = .consumerStarted(
                consumer: consumer, partition: partition,
                at: Bool.random(using: &random) ? .offset(offset) : .group("g"))
        case .commitInvoked(let group, let partition, _):
            events[index] = .commitInvoked(group: group, partition: partition, offset: offset)
        case .commitAcknowledged(let group, let partition, _):
            events[index] = .commitAcknowledged(
                group: group, partition: partition, offset: offset)
        case .readToEnd(let consumer, let partition, _, let end):
            if Bool.random(using: &random) {
                events.remove(at: index)
            } else {
                events[index] = .readToEnd(
                    consumer: consumer, partition: partition, start: offset, end: end)
            }
        case .receivedDamaged: return
        }
    }

    private static func receive(
        _ events: inout [HistoryEvent], _ index: Int, _ old: (Int, RecordPlace, SentMessage),
        _ random: inout SplitMix64
    ) {
        let (consumer, place, message) = old
        let offset = Int64.random(in: 0...12, using: &random)
        let other = SentMessage(
            producer: Int.random(in: 0..<3, using: &random),
            sequence: Int64.random(in: 0...20, using: &random))
        switch Int.random(in: 0..<8, using: &random) {
        case 0, 1, 2: events.remove(at: index)
        case 3:
            events[index] = .received(
                consumer: consumer, RecordPlace(place.partition, offset), message)
        case 4: events[index] = .received(consumer: consumer, place, other)
        case 5:
            events[index] = .received(
                consumer: consumer, RecordPlace(1 - place.partition, place.offset), message)
        case 6: events[index] = .receivedDamaged(consumer: consumer, place)
        default: exchange(&events, index, &random)
        }
    }

    /// Exchanges two receipts or what was received, or puts one in a second time.
    private static func exchange(
        _ events: inout [HistoryEvent], _ index: Int, _ random: inout SplitMix64
    ) {
        let receipts = events.indices.filter {
            if case .received = events[$0] { return true }
            return false
        }
        guard let first = receipts.randomElement(using: &random),
            let second = receipts.randomElement(using: &random)
        else { return }
        guard case .received(let consumer, let place, let message) = events[first],
            case .received(let otherConsumer, let otherPlace, let otherMessage) = events[second]
        else { return }
        switch Int.random(in: 0..<3, using: &random) {
        case 0: events.swapAt(first, second)
        case 1: events.insert(events[first], at: second)
        default:
            events[first] = .received(consumer: consumer, place, otherMessage)
            events[second] = .received(consumer: otherConsumer, otherPlace, message)
        }
    }
}

extension HistoryEvent {
    fileprivate var isRare: Bool {
        switch self {
        case .readToEnd, .commitAcknowledged, .commitInvoked, .consumerStarted: true
        default: false
        }
    }
}
