// The ledger, from the engine's verdicts to the result's record.

import AeroLoad
import AeroReport

extension LedgerRecord {
    /// The ledger of a run.
    init(_ scenario: Scenario, _ verdicts: [[LedgerVerdict]]) {
        self.init(totals: LedgerCounts(), classes: [], offenders: [])
        for (classIndex, groups) in verdicts.enumerated() {
            let className = scenario.classes[classIndex].name
            // Every group has the same senders: they count once.
            totals.sent += groups.first?.sent ?? 0
            totals.acked += groups.first?.acknowledged ?? 0
            for (group, verdict) in groups.enumerated() {
                let entry = LedgerEntry(
                    className: className, group: "\(className)-\(group)",
                    counts: LedgerCounts(verdict))
                totals.addReceipts(of: entry.counts)
                classes.append(entry)
                offenders += verdict.worstStreams.map { stream in
                    LedgerOffender(
                        className: className, group: entry.group, producer: stream.producer,
                        destination: stream.destination, fault: "lost", count: stream.lost,
                        firstSequence: stream.firstLostSequence)
                }
            }
        }
        offenders.sort { $0.count > $1.count }
        offenders = Array(offenders.prefix(Self.offenderCountMax))
    }

    // BOUND: a result names the worst, it does not list thousands.
    private static let offenderCountMax = 16
}

extension LedgerCounts {
    /// One group's account.
    fileprivate init(_ verdict: LedgerVerdict) {
        self.init(
            sent: verdict.sent, acked: verdict.acknowledged, expected: verdict.sent,
            received: verdict.unique, lost: verdict.lost,
            ackedThenLost: verdict.acknowledgedThenLost, duplicated: verdict.counts.duplicates,
            reordered: verdict.counts.reordered, misrouted: verdict.counts.misrouted,
            corrupt: verdict.counts.corrupt, foreign: verdict.counts.foreign)
    }

    fileprivate mutating func addReceipts(of other: LedgerCounts) {
        expected += other.expected
        received += other.received
        lost += other.lost
        ackedThenLost += other.ackedThenLost
        duplicated += other.duplicated
        reordered += other.reordered
        misrouted += other.misrouted
        corrupt += other.corrupt
        foreign += other.foreign
    }
}
