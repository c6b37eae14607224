// Where a round takes place: a directory, a broker on it, and what is written down.

import AeroClient
import AeroIO
import FaultSupport
import Glibc
import TestSupport

/// The broker of a round and everything around it.
final class RoundStage {
    static let topic = "facts"

    let plan: RoundPlan
    let broker: BrokerUnderTest
    let recorder = HistoryRecorder()
    let stop = StopFlag()
    let promises: [DeliveryPromise] = [.atMostOnce, .atMostOnce, .atLeastOnce]
    private(set) var lost = PowerLoss.Report()
    private let base: String
    private let partitionCount: Int
    private let disk = SystemDisk()
    private var power: PowerLoss

    /// - Parameter base: What the names of the round's files begin with.
    init(plan: RoundPlan, base: String, program: String, partitionCount: Int) {
        self.plan = plan
        self.base = base
        self.partitionCount = partitionCount
        broker = BrokerUnderTest(
            .init(
                program: program, directory: base + "/data",
                isDurable: plan.durability != .volatile))
        power = PowerLoss(root: base + "/data", journal: base + "/journal")
    }

    var dataPath: String { base + "/data" }
    private var switchPath: String { base + "/faults-are-on" }
    private var shimLogPath: String { base + "/faults" }

    func context(_ stop: StopFlag) -> ClientContext {
        ClientContext(
            address: broker.address, topic: Self.topic, partitionCount: partitionCount,
            recorder: recorder, stop: stop)
    }

    // MARK: - The directory

    func prepare() throws(Errno) {
        // Of a former run with the same seed.
        do throws(Errno) { try removeTree(base) } catch .noSuchFile {}
        try disk.createDirectory(base)
        try disk.createDirectory(dataPath)
    }

    func remove() throws(Errno) { try removeTree(base) }

    private func removeTree(_ path: String) throws(Errno) {
        for entry in try disk.entries(of: path) {
            let inner = path + "/" + entry.name
            if entry.kind == .directory { try removeTree(inner) } else { try disk.remove(inner) }
        }
        try disk.removeDirectory(path)
    }

    /// How often a rule of the fault shim took effect.
    func shimEffectCount() throws(Errno) -> Int {
        do throws(Errno) {
            return try disk.readFile(shimLogPath, limit: 1 << 26).count { $0 == 10 }
        } catch .noSuchFile {
            return 0
        }
    }

    // MARK: - Lives

    /// Starts a life of the broker.
    func start() throws {
        if plan.power != nil {
            try power.arm()
            broker.environment = try PowerShim.environment(
                root: dataPath, journal: base + "/journal")
        } else if !plan.faults.isEmpty {
            broker.environment = try FaultShim.environment(
                plan.faults, whileExists: switchPath, log: shimLogPath)
        }
        try broker.start()
        recorder.record(.brokerStarted)
        // A volatile topic goes with its broker.
        if plan.durability == .volatile, broker.readyNanoseconds.count > 1 {
            try createTopic(segmentByteCount: nil)
        }
    }

    func createTopic(segmentByteCount: Int?) throws {
        let options = TopicOptions {
            $0.partitionCount = partitionCount
            $0.durability = plan.durability
            if plan.durability != .volatile, let segmentByteCount {
                $0.settings["segment.bytes"] = "\(segmentByteCount)"
            }
        }
        let context = context(StopFlag())
        try BackgroundWork("creating the topic") {
            let connection = try await Connection.connect(
                to: context.address, options: context.connectionOptions)
            try await connection.admin.create(context.topic, options: options)
            await connection.close()
        }.wait()
    }

    /// Ends a life by SIGKILL, and takes the power away where the plan says so.
    func kill(_ random: inout SplitMix64) throws {
        try broker.kill()
        try losePower(&random)
    }

    private func losePower(_ random: inout SplitMix64) throws {
        guard let honesty = plan.power else { return }
        let report = try power.strike(honesty, &random)
        lost.lostByteCount += report.lostByteCount
        lost.lostNameCount += report.lostNameCount
    }

    /// Deals a blow; the broker is alive again afterwards.
    func deal(_ blow: Blow, _ random: inout SplitMix64) throws {
        let nanoseconds = Int64.random(in: 10...400, using: &random) * 1_000_000
        switch blow {
        case .kill: try kill(&random)
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
        case .faultsUntilKilled:
            try withFaults {
                guard try broker.wasKilled(withinNanoseconds: 10_000_000_000) else {
                    throw BrokerFailure(description: "it was not killed in the middle of a write")
                }
            }
        }
        if !broker.isRunning { try start() }
    }

    private func withFaults(_ body: () throws -> Void) throws {
        _ = try disk.create(switchPath)
        defer { unlink(switchPath) }
        try body()
    }
}
