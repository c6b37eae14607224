// What is done to a broker in one round.

import AeroClient
import FaultSupport

/// One way of ending or disturbing a broker's life.
enum Blow: Sendable {
    /// SIGKILL.
    case kill
    /// SIGKILL, and some lives that are killed while they recover.
    case killStarting
    /// SIGSTOP, SIGCONT after a while.
    case pause
    /// SIGSTOP, SIGKILL after a while: clients have given up by then.
    case killPaused
    /// SIGTERM: what is in flight is answered.
    case stop
    /// The plan's faults for a while; the broker lives on.
    case faults
    /// The plan's faults for a while, then SIGKILL.
    case faultsThenKill
    /// The plan's faults until one of them kills the broker.
    case faultsUntilKilled
    /// SIGKILL, and a start under the plan's faults, which may come to nothing.
    case faultsAtStart
    /// The file system has no room left for a while.
    case fillVolume
    /// The file system has no room left, then SIGKILL, and a start without room.
    case fillVolumeThenKill
}

/// What a round is made of; a seed fills in the rest.
struct RoundPlan: Sendable {
    /// What `--only` calls it.
    let name: String
    /// What is tried, for the table.
    let title: String
    /// What each topic promises.
    var topics: [Durability] = [.sync]
    /// Settings of each topic beside `segment.bytes`.
    var settings: [String: String] = [:]
    /// What is done, one after the other, at random moments.
    var blows: [Blow] = [.kill]
    /// Blows of a round; of a short one a third.
    var blowCount = 12
    /// Rules of the fault shim, in force during the blows that say so.
    var faults: [String] = []
    /// The number of a refusal that producers must have got: it is what the fault is about.
    var refusal: UInt16?
    /// Whether SIGKILL is a power loss, and what syncs are worth on that disk.
    var power: DiskHonesty?
    /// The file system of its own that the data directory is on.
    var volume: Volume.Kind?
    /// Whether a second broker tries for the directory all along.
    var hasRival = false
    /// Whether bits of the log are changed at the end, and how.
    var damage: Damage?
    /// What this round must find, when something is wrong with the broker on purpose.
    var planted: PlantedBug?
    /// Time between two blows.
    var calmMilliseconds: ClosedRange<Int64> = 20...500

    /// What may be done to a log that no broker has open.
    enum Damage: Sendable {
        /// Any bit of any byte.
        case anyBit
        /// A bit of a record's value, with a batch CRC to match: as if nobody checked.
        case unnoticedBit
    }
}

/// A mistake made on purpose, and how it must show.
struct PlantedBug: Sendable {
    /// Kinds of findings of which there must be at least one.
    let faults: Set<HistoryFault>
    /// Numbers of refusals of which one does as well: the broker itself has found it.
    var refusals: Set<UInt16> = []
    /// Rounds of which one must find it: chance decides what a power loss takes.
    var roundCount = 6
}

extension RoundPlan {
    /// Findings that are no fault of the broker's.
    ///
    /// Records below a changed bit were safe and are not any more: what the broker may do is refuse
    /// them, and it may not pass them on. A topic that does not wait for syncs loses with the
    /// power.
    func excuses(_ finding: HistoryFinding, _ topics: [RoundTopic]) -> Bool {
        if damage != nil {
            return [.lost, .vanished, .unread, .commitLost, .skippedPoll].contains(finding.fault)
        }
        guard power != nil, let partition = finding.partition,
            let topic = topics.first(where: { $0.partitions.contains(partition) }),
            topic.durability != .sync
        else { return false }
        return [
            .lost, .vanished, .inconsistentOffset, .nonMonotonicPoll, .skippedPoll, .reordered,
        ].contains(finding.fault)
    }

    /// Topics that may not lose anything, whatever is done.
    func isStrict(_ topic: RoundTopic) -> Bool {
        topic.durability != .volatile && (power == nil || topic.durability == .sync)
    }

    /// Whether records that are superseded are taken out.
    var isCompacted: Bool { settings["cleanup.policy"] == "compact" }

    /// Whether batches may be compressed: a planted change needs to know where values are.
    var compresses: Bool { damage != .unnoticedBit }
}
