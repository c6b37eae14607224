// Where a round takes place: a directory, a broker on it, and what is written down.

import AeroClient
import AeroIO
import FaultSupport
import Glibc
import TestSupport

/// The broker of a round and everything around it.
final class RoundStage {
    let plan: RoundPlan
    let topics: [RoundTopic]
    let broker: BrokerUnderTest
    let recorder = HistoryRecorder()
    let stop = StopFlag()
    let base: String
    private(set) var lost = PowerLoss.Report()
    private(set) var killCount = 0
    private(set) var blowCount = 0
    private let metronome: Metronome
    private let segmentByteCount: Int
    private let disk = SystemDisk()
    private var power: PowerLoss
    private(set) var volume: Volume?

    /// - Parameter base: The directory of the round, which need not exist.
    init(_ round: Round, base: String, random: inout SplitMix64) {
        plan = round.plan
        metronome = round.metronome
        self.base = base
        var first = 0
        topics = plan.topics.enumerated().map { index, durability in
            let count = Int.random(in: 1...3, using: &random)
            defer { first += count }
            return RoundTopic(
                name: "facts-\(index)", durability: durability, firstPartition: first,
                partitionCount: count)
        }
        segmentByteCount = Int.random(in: 30_000...300_000, using: &random)
        broker = BrokerUnderTest(
            .init(
                program: round.program, directory: Self.dataPath(base),
                errorPath: base + "/broker.stderr",
                shardCount: Int.random(in: 1...3, using: &random),
                isDurable: plan.topics.contains { $0 != .volatile }))
        power = PowerLoss(root: Self.dataPath(base), journal: base + "/journal")
    }

    private static func dataPath(_ base: String) -> String { base + "/disk/data" }
    var dataPath: String { Self.dataPath(base) }
    private var switchPath: String { base + "/faults-are-on" }
    private var shimLogPath: String { base + "/faults" }

    func context(_ stop: StopFlag) -> ClientContext {
        ClientContext(
            address: broker.address, topics: topics, recorder: recorder, metronome: metronome,
            stop: stop)
    }

    // MARK: - The directory

    /// Makes the directory of the round.
    ///
    /// - Throws: `Volume.Unavailable` when this machine cannot have what the plan needs.
    func prepare() throws {
        // Of a former run with the same seed.
        try disk.removeTreeIfThere(base)
        try disk.createDirectory(base)
        try disk.createDirectory(base + "/disk")
        if let kind = plan.volume { volume = try Volume(kind, at: base + "/disk") }
        try disk.createDirectory(dataPath)
    }

    /// Ends the broker; of what it left nothing stays unless it is to be looked at.
    func clear(keeping isKept: Bool) throws {
        try broker.kill()
        if isKept, volume != nil { try disk.copyTree(dataPath, to: base + "/data") }
        try volume?.remove()
        volume = nil
        if !isKept { try disk.removeTree(base) }
    }

    /// How often a rule of the fault shim took effect.
    func shimEffectCount() throws(Errno) -> Int {
        do throws(Errno) {
            return try disk.readFile(shimLogPath, limit: 1 << 28).count { $0 == 10 }
        } catch .noSuchFile {
            return 0
        }
    }

    /// What `aeromq log inspect` has to say of the data directory.
    func inspect() throws -> ProgramRun {
        try ProgramRun(broker.settings.program, ["log", "inspect", dataPath])
    }

    // MARK: - Lives

    private func arm() throws {
        if plan.power != nil {
            try power.arm()
            broker.environment = try PowerShim.environment(
                root: dataPath, journal: base + "/journal")
        } else if !plan.faults.isEmpty {
            broker.environment = try FaultShim.environment(
                plan.faults, whileExists: switchPath, log: shimLogPath)
        }
    }

    /// Starts a life of the broker.
    func start() throws {
        try arm()
        try broker.start()
        recorder.record(.brokerStarted)
        // Volatile topics go with their broker.
        guard broker.readyNanoseconds.count > 1 else { return }
        for topic in topics where topic.durability == .volatile { try create([topic]) }
    }

    /// Creates all topics.
    func createTopics() throws { try create(topics) }

    private func create(_ topics: [RoundTopic]) throws {
        let context = context(StopFlag())
        let settings = plan.settings.merging(["segment.bytes": "\(segmentByteCount)"]) { $1 }
        try BackgroundWork("creating topics") {
            let connection = try await Connection.connect(
                to: context.address, options: context.connectionOptions)
            for topic in topics {
                try await connection.admin.create(
                    topic.name,
                    options: TopicOptions {
                        $0.partitionCount = topic.partitionCount
                        $0.durability = topic.durability
                        if topic.durability != .volatile { $0.settings = settings }
                    })
            }
            await connection.close()
        }.wait()
    }

    /// Lets the broker run until it has acknowledged something new.
    ///
    /// - Throws: `BrokerFailure` when it doesn't.
    func awaitProgress(after what: String) throws {
        let before = recorder.acknowledgedCount
        // A planted mistake may well end in a log that takes nothing more.
        let patience: Int64 = plan.planted == nil ? 30 : 3
        let deadline = MonotonicClock.nowNanoseconds() + patience * 1_000_000_000
        while recorder.acknowledgedCount == before {
            guard MonotonicClock.nowNanoseconds() < deadline else {
                throw BrokerFailure(
                    description: "nothing was acknowledged for \(patience) s after \(what)"
                        + "; its last words: \(broker.lastWords)")
            }
            try broker.run(nanoseconds: 5_000_000)
        }
    }

    // MARK: - Blows

    /// Ends a life by SIGKILL, and takes the power away where the plan says so.
    func kill(_ random: inout SplitMix64) throws {
        try broker.kill()
        try losePower(&random)
    }

    private func losePower(_ random: inout SplitMix64) throws {
        killCount += 1
        guard let honesty = plan.power else { return }
        let report = try power.strike(honesty, &random)
        lost.lostByteCount += report.lostByteCount
        lost.lostNameCount += report.lostNameCount
    }

    /// Deals a blow; the broker is alive again afterwards.
    func deal(_ blow: Blow, _ random: inout SplitMix64) throws {
        let nanoseconds = Int64.random(in: 10...400, using: &random) * 1_000_000
        blowCount += 1
        switch blow {
        case .kill: try kill(&random)
        case .killStarting:
            try kill(&random)
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                try arm()
                try broker.startAndKill(
                    afterNanoseconds: Int64.random(in: 1...60, using: &random) * 1_000_000)
                try losePower(&random)
            }
        case .pause: try broker.pause(nanoseconds: nanoseconds * 4)
        case .killPaused:
            try broker.killPaused(nanoseconds: nanoseconds)
            try losePower(&random)
        case .stop: try broker.stop()
        case .faults:
            try withFaults { try broker.run(nanoseconds: nanoseconds) }
        case .faultsThenKill:
            try withFaults { try broker.run(nanoseconds: nanoseconds) }
            try kill(&random)
        case .faultsUntilKilled: try awaitDeath()
        case .faultsAtStart:
            try kill(&random)
            try withFaults { try startInTrouble(nanoseconds) }
            try kill(&random)
        case .fillVolume:
            try withoutRoom { try broker.run(nanoseconds: nanoseconds) }
        case .fillVolumeThenKill:
            try withoutRoom {
                try broker.run(nanoseconds: nanoseconds)
                try kill(&random)
                try startInTrouble(nanoseconds)
                try kill(&random)
            }
        }
        if !broker.isRunning { try start() }
    }

    private func startInTrouble(_ nanoseconds: Int64) throws {
        try arm()
        try broker.startInTrouble()
        guard broker.isRunning else { return }
        recorder.record(.brokerStarted)
        try broker.run(nanoseconds: nanoseconds)
    }

    private func awaitDeath() throws {
        try withFaults {
            guard try broker.wasKilled(withinNanoseconds: 20_000_000_000) else {
                throw BrokerFailure(description: "it was not killed in the middle of a write")
            }
        }
        killCount += 1
    }

    private func withFaults(_ body: () throws -> Void) throws {
        _ = try disk.create(switchPath)
        defer { unlink(switchPath) }
        try body()
    }

    private func withoutRoom(_ body: () throws -> Void) throws {
        guard let volume else { throw BrokerFailure(description: "there is nothing to fill up") }
        try volume.fill()
        do { try body() } catch {
            try volume.empty()
            throw error
        }
        try volume.empty()
    }
}
