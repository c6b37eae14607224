// Holds everything that clients see against everything that clients did.

import AeroWire
import FaultSupport

/// The judge of one simulation: all roles report to it.
final class SimulationChecker {
    private var models: [PartitionName: PartitionModel] = [:]
    /// In the order in which they were first named.
    private(set) var modelList: [PartitionModel] = []
    /// How often each message may be where.
    private var ledger = AttemptLedger()
    /// The same for a judge that knows less.
    let transcript = HistoryTranscript()
    private let violate: (String) -> Void
    private let now: () -> Int64
    private var lastAcknowledged: [ConnectionPartition: (ordinal: Int, offset: Int64)] = [:]
    private var sequences: [SequenceWriter: [Int32: Int64]] = [:]
    private(set) var acknowledgedCount = 0
    private(set) var shownCount = 0

    private struct ConnectionPartition: Hashable {
        let client: Int
        let connectionNumber: Int
        let partition: PartitionName
    }

    init(now: @escaping () -> Int64, violate: @escaping (String) -> Void) {
        self.now = now
        self.violate = violate
    }

    /// The model of a partition; made on its first use.
    func model(_ name: PartitionName, _ durability: TopicDurability) -> PartitionModel {
        if let known = models[name] { return known }
        let made = PartitionModel(name, durability)
        models[name] = made
        modelList.append(made)
        return made
    }

    // MARK: - Producing

    /// A batch was handed to a connection.
    /// - Parameter isCopy: True for a batch that the broker has to know as one it had before.
    func sent(_ attempt: SendAttempt, isCopy: Bool = false) {
        if !isCopy { ledger.sent(attempt) }
        transcript.sent(attempt.messages, to: attempt.partition)
    }

    /// A batch was acknowledged.
    func acknowledged(
        _ attempt: SendAttempt, at baseOffset: Int64, by client: SimulatedClient,
        _ model: PartitionModel
    ) {
        let life = client.brokerLife
        let client = client.number
        acknowledgedCount += attempt.messages.count
        for (index, id) in attempt.messages.enumerated() {
            let offset = baseOffset + Int64(index)
            report(model.acknowledge(id, at: offset, nanoseconds: now(), life: life))
            transcript.acknowledged(id, at: offset, model.name)
            countPlaces(of: id, model)
        }
        guard attempt.sequence == nil else { return checkSequence(attempt, baseOffset, model) }
        // Batches of one connection are stored in the order in which they were sent.
        let key = ConnectionPartition(
            client: client, connectionNumber: attempt.connectionNumber,
            partition: attempt.partition)
        if let last = lastAcknowledged[key] {
            if (attempt.ordinal > last.ordinal) != (baseOffset > last.offset) {
                violate(
                    "client \(client) sent batch \(attempt.ordinal) after \(last.ordinal), but"
                        + " they are at \(baseOffset) and \(last.offset) of \(model.name)")
            }
            guard attempt.ordinal > last.ordinal else { return }
        }
        lastAcknowledged[key] = (attempt.ordinal, baseOffset)
    }

    /// Numbered batches are stored in the order of their numbers, however often they are sent.
    private func checkSequence(
        _ attempt: SendAttempt, _ baseOffset: Int64, _ model: PartitionModel
    ) {
        guard let sequence = attempt.sequence else { return }
        let former = sequences[sequence.writer, default: [:]].updateValue(
            baseOffset, forKey: sequence.number)
        if let former, former != baseOffset {
            violate("\(sequence) was acknowledged at \(former) and at \(baseOffset)")
        }
        for (number, offset) in sequences[sequence.writer] ?? [:]
        where (number < sequence.number) != (offset < baseOffset) && number != sequence.number {
            violate(
                "batches \(number) and \(sequence.number) of producer"
                    + " \(sequence.writer.producerId) are at \(offset) and \(baseOffset) of"
                    + " \(model.name)")
            return
        }
    }

    /// A batch was refused in a way that says that it was not stored.
    func refused(_ attempt: SendAttempt, _ model: PartitionModel) {
        ledger.refused(attempt)
        for id in attempt.messages { countPlaces(of: id, model) }
    }

    // MARK: - Consuming

    /// Batches were shown to a consumer that expected them to begin at or hold `expected`.
    ///
    /// - Returns: The offset behind them; nil when they cannot be read.
    func shown(
        _ batches: UnsafeRawBufferPointer, from expected: Int64, highWatermark: Int64,
        _ model: PartitionModel, _ client: SimulatedClient
    ) -> Int64? {
        told(highWatermark, model, client)
        let reader = "client \(client.number)"
        var next = expected
        var isFirst = true
        do throws(WireError) {
            var cursor = RecordBatchCursor(0..<batches.count)
            while let view = try cursor.next(in: batches) {
                let header = try RecordBatchHeader.validate(in: batches, range: view.range)
                let fits =
                    isFirst
                    ? header.baseOffset <= expected && expected < header.nextOffset
                    : header.baseOffset == next
                if isFirst, header.baseOffset > expected,
                    isReleased(upTo: header.baseOffset, model, client)
                {
                    // The history knows no retention: for it the reading begins anew.
                    transcript.consumerStarted(client.number, model.name, at: header.baseOffset)
                } else if !fits {
                    violate(
                        "\(reader) expected offset \(next) and got \(header.baseOffset) to"
                            + " \(header.lastOffset) of \(model.name)")
                }
                try show(batches, view, from: expected, model, client)
                next = header.nextOffset
                isFirst = false
            }
        } catch {
            violate("\(reader) cannot read batches of \(model.name): \(error)")
            return nil
        }
        if next > highWatermark {
            violate(
                "\(reader) was shown offsets up to \(next) of \(model.name), beyond the high"
                    + " watermark \(highWatermark)")
        }
        return next
    }

    /// True when a durable log may have let go of all before an offset, because it was too large.
    private func isReleased(
        upTo end: Int64, _ model: PartitionModel, _ client: SimulatedClient
    ) -> Bool {
        guard model.name.life == 0 else { return false }
        // Whoever reads the last words of a broker that has ended cannot be told.
        guard let start = client.simulation.logStartOffset(of: model.name, in: client.brokerLife)
        else { return true }
        return end <= start
    }

    private func show(
        _ batches: UnsafeRawBufferPointer, _ view: RecordBatchView, from expected: Int64,
        _ model: PartitionModel, _ client: SimulatedClient
    ) throws(WireError) {
        var records = try RecordCursor(view.header, at: view.range.lowerBound)
        while let record = try records.next(in: batches) {
            let offset = view.header.baseOffset + Int64(record.offsetDelta)
            shownCount += 1
            guard let range = record.value,
                let id = SimulatedMessage.read(UnsafeRawBufferPointer(rebasing: batches[range]))
            else {
                violate(
                    "client \(client.number) was shown a value that nobody wrote at \(offset) of"
                        + " \(model.name)")
                continue
            }
            report(
                model.show(id, at: offset, nanoseconds: now(), life: client.brokerLife))
            // A batch is shown whole to who asks for a part of it.
            if offset >= expected {
                transcript.received(client.number, model.name, offset, id)
            }
            countPlaces(of: id, model)
        }
    }

    /// A reply named the high watermark, to a request made after `acknowledgedEnd` was known.
    func told(
        _ highWatermark: Int64, isAtLeast acknowledgedEnd: Int64 = 0, _ model: PartitionModel,
        _ client: SimulatedClient
    ) {
        report(
            model.tell(
                highWatermark: highWatermark, nanoseconds: now(), life: client.brokerLife))
        guard highWatermark < acknowledgedEnd else { return }
        violate(
            "client \(client.number) was told the high watermark \(highWatermark) of"
                + " \(model.name), after offsets below \(acknowledgedEnd) were acknowledged")
    }

    // MARK: - The end

    /// Judges all that clients did and saw, once every log was read to its end.
    ///
    /// - Parameter promises: What each producer was promised, by its number.
    func judgeHistory(promises: [DeliveryPromise]) {
        let report = transcript.judge(
            promises: promises, keepsAll: { models[$0]?.hasLost == false },
            isRefused: { ledger.possibleCount($0, $1) == 0 })
        for line in report.lines(exampleCount: 2) { violate("history: \(line)") }
    }

    private func countPlaces(of id: MessageId, _ model: PartitionModel) {
        let possible = ledger.possibleCount(id, model.name)
        let places = model.places(of: id)
        guard places.count > possible else { return }
        if possible == 0 {
            violate("message \(id) is in \(model.name) at \(places), where nobody sent it")
        } else {
            violate(
                "message \(id) is in \(model.name) \(places.count) times, at \(places), after"
                    + " \(possible) attempts")
        }
    }

    private func report(_ violation: String?) {
        if let violation { violate(violation) }
    }
}
