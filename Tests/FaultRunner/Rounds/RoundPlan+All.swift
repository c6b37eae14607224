// The rounds that there are.

import AeroClient
import FaultSupport

extension RoundPlan {
    private static let diskFull: UInt16 = 62
    private static let logFailed: UInt16 = 63
    private static let logDamaged: UInt16 = 64
    private static let compacted = [
        "cleanup.policy": "compact", "min.cleanable.dirty.ratio": "0.1",
    ]
    private static let mixed: [Durability] = [.sync, .os, .interval(.milliseconds(100))]

    /// Everything that a good broker withstands, in turn.
    static let all: [RoundPlan] = [
        RoundPlan(name: "kill", title: "kill -9 under load", topics: mixed, blowCount: 15),
        RoundPlan(
            name: "kill-starting", title: "kill -9 within recoveries", topics: [.sync, .os],
            blows: [.killStarting], blowCount: 9, calmMilliseconds: 20...250),
        RoundPlan(
            name: "kill-retention", title: "kill -9 while old segments go", topics: mixed,
            settings: ["retention.bytes": "150000"], blowCount: 9),
        RoundPlan(
            name: "kill-compaction", title: "kill -9 while segments are compacted", topics: mixed,
            settings: compacted, blowCount: 6, calmMilliseconds: 500...1_500),
        RoundPlan(
            name: "power-compaction", title: "power lost while segments are compacted",
            topics: [.sync, .sync], settings: compacted, blowCount: 6, power: .honest,
            calmMilliseconds: 500...1_500),
        RoundPlan(
            name: "pause", title: "SIGSTOP and SIGCONT, SIGTERM, kill -9", topics: mixed,
            blows: [.pause, .pause, .kill, .killPaused, .stop], blowCount: 10),
        RoundPlan(
            name: "second-broker", title: "a rival for the directory", blowCount: 6,
            hasRival: true),
        RoundPlan(
            name: "power-loss", title: "unsynced writes and names lost", topics: [.sync, .os],
            power: .honest),
        RoundPlan(
            name: "power-loss-starting", title: "power lost within recoveries",
            topics: [.sync, .sync], blows: [.killStarting], blowCount: 9, power: .honest,
            calmMilliseconds: 20...250),
        RoundPlan(
            name: "torn-write", title: "killed in the middle of a write", topics: [.os, .sync],
            blows: [.faultsUntilKilled], blowCount: 8,
            faults: ["pwrite:KILL:path=.log:skip=10:room=100000"]),
        RoundPlan(
            name: "disk-full", title: "ENOSPC from write and open", topics: [.os, .sync],
            blows: [.faults, .faults, .faultsThenKill], blowCount: 6,
            faults: ["pwrite:ENOSPC:path=.log:room=50000", "open:ENOSPC:path=.log"],
            refusal: diskFull),
        RoundPlan(
            name: "full-tmpfs", title: "a tmpfs filled up", topics: [.os, .sync],
            blows: [.fillVolume, .fillVolume, .fillVolumeThenKill], blowCount: 6,
            refusal: diskFull, volume: .tmpfs),
        RoundPlan(
            name: "full-ext4", title: "an ext4 on a loop device filled up", topics: [.os, .sync],
            blows: [.fillVolume, .fillVolume, .fillVolumeThenKill], blowCount: 6,
            refusal: diskFull, volume: .ext4),
        RoundPlan(
            name: "sync-error", title: "EIO from fdatasync and syncfs", blows: [.faultsThenKill],
            blowCount: 6,
            faults: ["fdatasync:EIO:path=.log:skip=3", "syncfs:EIO:skip=1"], refusal: logFailed),
        RoundPlan(
            name: "write-error", title: "EIO from write", topics: [.os, .sync],
            blows: [.faultsThenKill], blowCount: 6, faults: ["pwrite:EIO:path=.log:skip=5"],
            refusal: logFailed),
        RoundPlan(
            name: "read-error", title: "EIO from read and sendfile", topics: [.sync, .os],
            blows: [.faults, .faultsAtStart], blowCount: 8,
            faults: ["pread:EIO:path=.log", "sendfile:EIO:path=.log"]),
        RoundPlan(
            name: "slow-disk", title: "late syncs and short writes", topics: [.sync, .os],
            blows: [.faults, .faults, .faultsThenKill], blowCount: 6,
            faults: [
                "fdatasync:DELAY:ms=80", "syncfs:DELAY:ms=80", "pwrite:SHORT", "pread:SHORT",
                "sendfile:SHORT",
            ]),
        RoundPlan(name: "bit-flip", title: "a bit of a log changed", blowCount: 3, damage: .anyBit),
    ]

    /// Mistakes that must be found out.
    static let planted: [RoundPlan] = [
        RoundPlan(
            name: "planted-volatile", title: "nothing is kept", topics: [.volatile], blowCount: 3,
            planted: PlantedBug(faults: [.lost], roundCount: 1)),
        RoundPlan(
            name: "planted-sync-off", title: "syncs do nothing", blowCount: 4,
            power: .syncsDoNothing(suffix: ".log"),
            planted: PlantedBug(faults: [.lost], refusals: [logDamaged])),
        RoundPlan(
            name: "planted-early-ack", title: "acknowledged before the sync ends", blowCount: 9,
            power: .syncsComeLate(suffix: ".log"),
            planted: PlantedBug(faults: [.lost], refusals: [logDamaged])),
        RoundPlan(
            name: "planted-crc-off", title: "changed records are passed on", blowCount: 2,
            damage: .unnoticedBit, planted: PlantedBug(faults: [.damaged])),
    ]
}
