// Histories of a broker that keeps every promise, made from a seed.

import FaultSupport
import TestSupport

/// A correct broker with its clients, one random step at a time.
///
/// Everything that real histories hold happens: answers that come late or never, copies where they
/// are allowed, consumers that start again, groups that resume, restarts of the broker.
struct HistorySimulation {
    /// What a test would change, and what it needs to know for that.
    private(set) var events: [HistoryEvent] = []
    let promises: [DeliveryPromise]
    private let partitionCount: Int
    private let consumerCount: Int
    private var random: SplitMix64
    private var logs: [[SentMessage]]
    private var sequences: [Int64]
    private var positions: [[Int?]]
    private var committed: [Int64?]

    /// The consumer that reads everything at the end.
    static let lastReader = 99
    /// The consumer that belongs to `group`.
    static let groupReader = 50
    static let group = "g"

    /// Takes so many random steps and reads everything to the end.
    init(seed: UInt64, stepCount: Int, partitionCount: Int = 2, consumerCount: Int = 2) {
        promises = DeliveryPromise.allCases
        self.partitionCount = partitionCount
        self.consumerCount = consumerCount
        random = SplitMix64(seed: seed)
        logs = Array(repeating: [], count: partitionCount)
        sequences = Array(repeating: 0, count: promises.count)
        positions = Array(
            repeating: Array(repeating: nil, count: partitionCount), count: consumerCount + 1)
        committed = Array(repeating: nil, count: partitionCount)
        events.append(.brokerStarted)
        for _ in 0..<stepCount { step() }
        readToEnd()
    }

    private mutating func step() {
        let partition = Int.random(in: 0..<partitionCount, using: &random)
        switch Int.random(in: 0..<100, using: &random) {
        case ..<50: send(Int.random(in: 0..<promises.count, using: &random), partition)
        case ..<75: poll(Int.random(in: 0..<consumerCount, using: &random), partition)
        case ..<85: pollGroup(partition)
        case ..<90: commit(partition)
        case ..<95: positions[consumerCount][partition] = nil
        case ..<98: positions[Int.random(in: 0..<consumerCount, using: &random)][partition] = nil
        default: events.append(.brokerStarted)
        }
    }

    private mutating func send(_ producer: Int, _ partition: Int) {
        let message = SentMessage(producer: producer, sequence: sequences[producer])
        sequences[producer] += Int64.random(in: 1...2, using: &random)
        events.append(.sendInvoked(message, partition: partition))
        let offset = Int64(logs[partition].count)
        switch Int.random(in: 0..<10, using: &random) {
        case 0: events.append(.sendFailed(message))
        case 1: events.append(.sendUnknown(message))
        case 2:
            // Stored, and its answer lost.
            logs[partition].append(message)
            events.append(.sendUnknown(message))
        case 3 where promises[producer] == .atLeastOnce:
            logs[partition] += [message, message]
            events.append(.sendAcknowledged(message, offset: offset + 1))
        default:
            logs[partition].append(message)
            events.append(.sendAcknowledged(message, offset: offset))
        }
    }

    private mutating func poll(_ consumer: Int, _ partition: Int) {
        if positions[consumer][partition] == nil {
            let start = Int.random(in: 0...logs[partition].count, using: &random)
            positions[consumer][partition] = start
            events.append(
                .consumerStarted(
                    consumer: consumer, partition: partition, at: .offset(Int64(start))))
        }
        receive(consumer, consumer, partition)
    }

    private mutating func pollGroup(_ partition: Int) {
        if positions[consumerCount][partition] == nil {
            positions[consumerCount][partition] = committed[partition].map { Int($0) } ?? 0
            events.append(
                .consumerStarted(
                    consumer: Self.groupReader, partition: partition, at: .group(Self.group)))
        }
        receive(consumerCount, Self.groupReader, partition)
    }

    private mutating func receive(_ index: Int, _ consumer: Int, _ partition: Int) {
        let count = Int.random(in: 1...4, using: &random)
        for _ in 0..<count {
            guard let next = positions[index][partition], next < logs[partition].count else {
                return
            }
            events.append(
                .received(
                    consumer: consumer, RecordPlace(partition, Int64(next)),
                    logs[partition][next]))
            positions[index][partition] = next + 1
        }
    }

    private mutating func commit(_ partition: Int) {
        guard let position = positions[consumerCount][partition] else { return }
        let offset = Int64(position)
        events.append(
            .commitInvoked(group: Self.group, partition: partition, offset: offset))
        switch Int.random(in: 0..<4, using: &random) {
        case 0: return
        case 1: committed[partition] = offset
        default:
            committed[partition] = offset
            events.append(
                .commitAcknowledged(group: Self.group, partition: partition, offset: offset))
        }
    }

    private mutating func readToEnd() {
        for (partition, log) in logs.enumerated() {
            events.append(
                .consumerStarted(
                    consumer: Self.lastReader, partition: partition, at: .offset(0)))
            for (offset, message) in log.enumerated() {
                events.append(
                    .received(
                        consumer: Self.lastReader, RecordPlace(partition, Int64(offset)), message))
            }
            events.append(
                .readToEnd(
                    consumer: Self.lastReader, partition: partition, start: 0,
                    end: Int64(log.count)))
        }
    }
}
