// What is done to a broker in one round.

import AeroClient
import FaultSupport
import TestSupport

/// One way of ending or disturbing a broker's life.
enum Blow: CaseIterable, Sendable {
    /// SIGKILL.
    case kill
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
}

/// What a round is made of; a seed fills in the rest.
struct RoundPlan: Sendable {
    /// What `--only` calls it.
    let name: String
    /// What the topic promises.
    var durability = Durability.sync
    /// What is done, one after the other, at random moments.
    var blows: [Blow] = [.kill]
    /// Blows of a round; of a short one a third.
    var blowCount = 12
    /// Rules of the fault shim, in force during the blows that say so.
    var faults: [String] = []
    /// Whether SIGKILL is a power loss, and what syncs are worth on that disk.
    var power: DiskHonesty?
    /// Whether a second broker tries for the directory all along.
    var hasRival = false
    /// Whether bits of the log are changed at the end, and how.
    var damage: Damage?
    /// What this round must find, when something is wrong with the broker on purpose.
    var planted: PlantedBug?
    /// Longest time between two blows.
    var calmMilliseconds = 20...500

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
    /// What it stands for.
    let title: String
    /// Kinds of findings of which there must be at least one.
    let faults: Set<HistoryFault>
}

extension RoundPlan {
    /// Everything that a good broker withstands, in turn.
    static let all: [RoundPlan] = [
        RoundPlan(name: "kill-sync"),
        RoundPlan(name: "kill-os", durability: .os),
        RoundPlan(name: "kill-interval", durability: .interval(.milliseconds(100))),
        RoundPlan(name: "pause", blows: [.pause, .pause, .kill, .killPaused, .stop]),
        RoundPlan(name: "second-broker", blowCount: 6, hasRival: true),
        RoundPlan(name: "power-loss", power: .honest),
        RoundPlan(
            name: "torn-write", durability: .os, blows: [.faultsUntilKilled], blowCount: 8,
            faults: ["pwrite:KILL:path=.log:skip=10:room=100000"]),
        RoundPlan(
            name: "disk-full", durability: .os, blows: [.faults, .faults, .faultsThenKill],
            blowCount: 6,
            faults: ["pwrite:ENOSPC:path=.log:room=50000", "open:ENOSPC:path=.log"]),
        RoundPlan(
            name: "sync-error", blows: [.faultsThenKill], blowCount: 5,
            faults: ["fdatasync:EIO:path=.log:skip=3", "syncfs:EIO:skip=1"]),
        RoundPlan(
            name: "write-error", durability: .os, blows: [.faultsThenKill], blowCount: 5,
            faults: ["pwrite:EIO:path=.log:skip=5"]),
        RoundPlan(
            name: "slow-disk", blows: [.faults, .faults, .faultsThenKill], blowCount: 5,
            faults: ["fdatasync:DELAY:ms=80", "syncfs:DELAY:ms=80", "pwrite:SHORT"]),
        RoundPlan(name: "bit-flip", blowCount: 3, damage: .anyBit),
    ]

    /// Mistakes that must be found out.
    static let planted: [RoundPlan] = [
        RoundPlan(
            name: "planted-volatile", durability: .volatile, blowCount: 3,
            planted: PlantedBug(title: "nothing is kept", faults: [.lost])),
        RoundPlan(
            name: "planted-sync-off", blowCount: 4, power: .syncsDoNothing,
            planted: PlantedBug(title: "logs are not synced", faults: [.lost])),
        RoundPlan(
            name: "planted-early-ack", blowCount: 8, power: .syncsComeLate,
            planted: PlantedBug(title: "acknowledged before the sync ends", faults: [.lost])),
        RoundPlan(
            name: "planted-crc-off", blowCount: 2, damage: .unnoticedBit,
            planted: PlantedBug(title: "damaged records are passed on", faults: [.damaged])),
    ]
}
