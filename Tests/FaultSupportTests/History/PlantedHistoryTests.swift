// Each kind of fault, planted into a history that is right, is found as that and nothing else.

import FaultSupport
import TestSupport
import Testing

@Suite struct PlantedHistoryTests {
    private let simulation = HistorySimulation(seed: TestSeed.current, stepCount: 400)

    /// Judges the history as `change` leaves it.
    private func judge(
        _ change: (inout [HistoryEvent]) throws -> [HistoryFinding],
        sourceLocation: SourceLocation = #_sourceLocation
    ) rethrows {
        var events = simulation.events
        let expected = try change(&events).sorted()
        let report = HistoryChecker.report(events, promises: simulation.promises)
        #expect(
            report.findings == expected, "seed \(TestSeed.current)", sourceLocation: sourceLocation)
    }

    /// The records of the last reading of a partition, with their places in the history.
    private func stored(
        _ events: [HistoryEvent], _ partition: Int = 0
    ) -> [(index: Int, offset: Int64, message: SentMessage)] {
        events.enumerated().compactMap { index, event in
            guard
                case .received(HistorySimulation.lastReader, let place, let message) = event,
                place.partition == partition
            else { return nil }
            return (index, place.offset, message)
        }
    }

    /// Whether somebody else than the last reader has got a message.
    private func isSeen(_ message: SentMessage, _ events: [HistoryEvent]) -> Bool {
        events.contains { event in
            guard case .received(let consumer, _, message) = event else { return false }
            return consumer != HistorySimulation.lastReader
        }
    }

    private func isAcknowledged(_ message: SentMessage, _ events: [HistoryEvent]) -> Bool {
        events.contains {
            if case .sendAcknowledged(message, _) = $0 { return true }
            return false
        }
    }

    @Test func theHistoryItselfIsClean() { judge { _ in [] } }

    @Test func lostAtTheEnd() throws {
        try judge { events in
            let last = try #require(
                stored(events).last {
                    isAcknowledged($0.message, events) && $0.message.producer == 0
                })
            events.remove(at: last.index)
            let answer = try #require(
                events.firstIndex(of: .sendAcknowledged(last.message, offset: last.offset)))
            let life = events[..<answer].count { $0 == .brokerStarted }
            return [
                HistoryFinding(
                    .lost, partition: 0, offset: last.offset, message: last.message, life: life)
            ]
        }
    }

    @Test func recordsBelowTheLogsStartAreNotLost() throws {
        try judge { events in
            let records = stored(events)
            let start = records[10].offset
            for each in records[..<10].reversed() { events.remove(at: each.index) }
            let begin = try #require(
                events.firstIndex {
                    $0
                        == .consumerStarted(
                            consumer: HistorySimulation.lastReader, partition: 0, at: .offset(0))
                })
            events[begin] = .consumerStarted(
                consumer: HistorySimulation.lastReader, partition: 0, at: .offset(start))
            let end = try #require(
                events.firstIndex {
                    if case .readToEnd(_, 0, _, _) = $0 { return true }
                    return false
                })
            events[end] = .readToEnd(
                consumer: HistorySimulation.lastReader, partition: 0, start: start,
                end: Int64(records.count))
            return []
        }
    }

    @Test func vanished() throws {
        try judge { events in
            let shown = try #require(
                stored(events).last {
                    isSeen($0.message, events) && !isAcknowledged($0.message, events)
                })
            events.remove(at: shown.index)
            return [
                HistoryFinding(
                    .vanished, partition: 0, offset: shown.offset, message: shown.message)
            ]
        }
    }

    @Test(arguments: [DeliveryPromise.once, .atMostOnce, .atLeastOnce])
    func copies(promise: DeliveryPromise) throws {
        let producer = try #require(simulation.promises.firstIndex(of: promise))
        try judge { events in
            let records = stored(events)
            let last = try #require(records.last)
            let copied = try #require(records.first { $0.message.producer == producer })
            let end = last.offset + 1
            events.insert(
                .received(
                    consumer: HistorySimulation.lastReader, RecordPlace(0, end), copied.message),
                at: last.index + 1)
            guard promise != .atLeastOnce else { return [] }
            return [
                HistoryFinding(.duplicated, partition: 0, offset: end, message: copied.message)
            ]
        }
    }

    @Test func reordered() throws {
        try judge { events in
            // Two neighbours of the idempotent producer that nobody else knows the places of.
            let end = Int64(stored(events).count)
            let late = SentMessage(producer: 0, sequence: 1_000_001)
            let early = SentMessage(producer: 0, sequence: 1_000_000)
            let last = try #require(stored(events).last)
            let reader = HistorySimulation.lastReader
            events.insert(
                contentsOf: [
                    .sendInvoked(early, partition: 0), .sendInvoked(late, partition: 0),
                    .sendAcknowledged(late, offset: end),
                    .sendAcknowledged(early, offset: end + 1),
                    .received(consumer: reader, RecordPlace(0, end), late),
                    .received(consumer: reader, RecordPlace(0, end + 1), early),
                ], at: last.index + 1)
            return [
                HistoryFinding(.reordered, partition: 0, offset: end + 1, message: early)
            ]
        }
    }

    @Test func invented() throws {
        try judge { events in
            let last = try #require(stored(events).last)
            let stranger = SentMessage(producer: 0, sequence: 5_000_000)
            events.insert(
                .received(
                    consumer: HistorySimulation.lastReader, RecordPlace(0, last.offset + 1),
                    stranger), at: last.index + 1)
            return [
                HistoryFinding(
                    .invented, partition: 0, offset: last.offset + 1, message: stranger)
            ]
        }
    }

    @Test func misroutedIsInventedThere() throws {
        try judge { events in
            let last = try #require(stored(events).last)
            let astray = SentMessage(producer: 2, sequence: 5_000_000)
            events.insert(
                contentsOf: [
                    .sendInvoked(astray, partition: 1), .sendUnknown(astray),
                    .received(
                        consumer: HistorySimulation.lastReader, RecordPlace(0, last.offset + 1),
                        astray),
                ], at: last.index + 1)
            return [
                HistoryFinding(.invented, partition: 0, offset: last.offset + 1, message: astray)
            ]
        }
    }

    @Test func twoValuesAtOneOffset() {
        judge { events in
            let records = stored(events)
            // Somebody saw another stored message here, in its turn.
            let reader = 7
            events += [
                .consumerStarted(consumer: reader, partition: 0, at: .offset(records[3].offset)),
                .received(
                    consumer: reader, RecordPlace(0, records[3].offset), records[4].message),
            ]
            return [
                HistoryFinding(.inconsistentOffset, partition: 0, offset: records[3].offset)
            ]
        }
    }

    @Test func acknowledgedAtAnOffsetThatItIsNotAt() throws {
        try judge { events in
            let last = try #require(
                stored(events).last { isAcknowledged($0.message, events) })
            let answer = try #require(
                events.firstIndex(of: .sendAcknowledged(last.message, offset: last.offset)))
            let wrong = last.offset + 1_000
            events[answer] = .sendAcknowledged(last.message, offset: wrong)
            return [HistoryFinding(.inconsistentOffset, partition: 0, offset: wrong)]
        }
    }

    @Test func pollsThatGoBackAndPollsThatSkip() {
        judge { events in
            let records = stored(events)
            let reader = 8
            events.append(
                .consumerStarted(consumer: reader, partition: 0, at: .offset(records[0].offset)))
            for index in [0, 1, 2, 2, 3, 1, 2, 6, 7] {
                events.append(
                    .received(
                        consumer: reader, RecordPlace(0, records[index].offset),
                        records[index].message))
            }
            let places: [(HistoryFault, Int)] = [
                (.nonMonotonicPoll, 2), (.nonMonotonicPoll, 1), (.skippedPoll, 3),
            ]
            return places.map {
                HistoryFinding(
                    $0.0, partition: 0, offset: records[$0.1].offset, consumer: reader)
            }
        }
    }

    @Test func skippedAtTheStart() {
        judge { events in
            let records = stored(events)
            events += [
                .consumerStarted(consumer: 8, partition: 0, at: .offset(records[0].offset)),
                .received(consumer: 8, RecordPlace(0, records[1].offset), records[1].message),
            ]
            return [
                HistoryFinding(
                    .skippedPoll, partition: 0, offset: records[0].offset, consumer: 8)
            ]
        }
    }

    @Test(arguments: [3, 5, 8]) func groupsResumeBetweenCommitAndRequest(position: Int) {
        judge { events in
            let records = stored(events)
            events += [
                .commitInvoked(group: "h", partition: 0, offset: records[5].offset),
                .commitAcknowledged(group: "h", partition: 0, offset: records[5].offset),
                .commitInvoked(group: "h", partition: 0, offset: records[7].offset),
                .brokerStarted,
                .consumerStarted(consumer: 9, partition: 0, at: .group("h")),
                .received(
                    consumer: 9, RecordPlace(0, records[position].offset),
                    records[position].message),
            ]
            switch position {
            case 3:
                return [
                    HistoryFinding(
                        .commitLost, partition: 0, offset: records[3].offset, consumer: 9)
                ]
            case 8:
                return [
                    HistoryFinding(
                        .skippedPoll, partition: 0, offset: records[7].offset, consumer: 9)
                ]
            default: return []
            }
        }
    }

    @Test func contradicted() throws {
        try judge { events in
            let records = stored(events)
            let refused = try #require(
                records.last { isAcknowledged($0.message, events) })
            let answer = try #require(
                events.firstIndex(of: .sendAcknowledged(refused.message, offset: refused.offset)))
            events[answer] = .sendFailed(refused.message)
            let twice = try #require(
                records.first { isAcknowledged($0.message, events) }?.message)
            events.append(.sendUnknown(twice))
            return [
                HistoryFinding(.contradicted, message: twice),
                HistoryFinding(
                    .contradicted, partition: 0, offset: refused.offset, message: refused.message),
            ]
        }
    }

    @Test func damagedAndUnread() {
        judge { events in
            events.append(.receivedDamaged(consumer: 3, RecordPlace(1, 17)))
            let stranger = SentMessage(producer: 1, sequence: 9_000_000)
            events += [.sendInvoked(stranger, partition: 40), .sendUnknown(stranger)]
            return [
                HistoryFinding(.damaged, partition: 1, offset: 17),
                HistoryFinding(.unread, partition: 40),
            ]
        }
    }

    @Test func reportsSayHowMuchTheySaw() {
        let report = HistoryChecker.report(simulation.events, promises: simulation.promises)
        let events = simulation.events
        func count(_ isMeant: (HistoryEvent) -> Bool) -> Int { events.count(where: isMeant) }
        let invoked = count { if case .sendInvoked = $0 { true } else { false } }
        #expect(report.counts.invoked == invoked)
        #expect(
            report.counts.acknowledged + report.counts.failed + report.counts.unknown == invoked)
        #expect(report.counts.lives == count { $0 == .brokerStarted })
        #expect(report.counts.stored == stored(events, 0).count + stored(events, 1).count)
        #expect(report.counts.unknownStored > 0 && report.counts.repeated > 0)
        #expect(report.lines().isEmpty)
    }

    @Test func linesNameTheFactsAndStayShort() {
        var checker = HistoryChecker(promises: [.once])
        checker.record(.brokerStarted)
        for sequence in 0..<20 {
            let message = SentMessage(producer: 0, sequence: Int64(sequence))
            checker.record(.sendInvoked(message, partition: 2))
            checker.record(.sendAcknowledged(message, offset: Int64(sequence)))
        }
        checker.record(.readToEnd(consumer: 0, partition: 2, start: 0, end: 0))
        let lines = checker.report().lines(exampleCount: 2)
        #expect(
            lines == [
                "lost: 20",
                "  lost partition 2 offset 0 producer 0 message 0 acknowledged in life 1",
                "  lost partition 2 offset 1 producer 0 message 1 acknowledged in life 1",
            ])
    }
}
