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
                offenders += verdict.streamFaults.map { stream in
                    LedgerOffender(
                        className: className, group: entry.group,
                        // A damaged message does not tell who sent it.
                        producer: stream.producer ?? -1, destination: stream.destination,
                        fault: stream.fault.rawValue, count: stream.count,
                        firstSequence: stream.firstSequence)
                }
            }
        }
        offenders.sort { $0.count > $1.count }
        if offenders.count > Self.offenderCountMax {
            offendersOmitted = offenders.count - Self.offenderCountMax
            offenders = Array(offenders.prefix(Self.offenderCountMax))
        }
    }

    // BOUND: a result of thousands of streams names the worst, and says how many it leaves out.
    private static let offenderCountMax = 256
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
