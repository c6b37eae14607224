// The broker's process on the simulated machine: its lives, one after the other.

import AeroBroker
import AeroIO
import FaultSupport
import TestSupport

/// How a life of the broker ends.
enum BrokerEnd {
    /// The process dies; the system keeps what it was given.
    case kill
    /// The machine dies; what was not synchronized may be lost, and nobody is told.
    case powerLoss
}

/// Runs the real broker's shards as tasks of the simulated machine; crashes and starts it again.
final class BrokerProcess {
    private let scheduler: SimulationScheduler
    private let network: SimulatedNetwork
    private var configuration: BrokerConfiguration
    private let seed: UInt64
    private let diskNanoseconds: ClosedRange<Int64>
    private var random: SplitMix64
    private var slowUntilNanoseconds: Int64 = 0
    /// The machine's disk; another object after each crash.
    private(set) var disk = SimulatedDisk()
    /// Stands between the broker and the disk, where a bug is planted there.
    private let plant: ((SimulatedDisk) -> any Disk)?
    private var broker: SteppedBroker<SimulatedPoller>?
    private var cores: [SimulatedPollerCore] = []
    private var tasks: [SimulatedTask] = []
    /// Brokers that leaked: letting go of them would trap.
    private var graveyard: [SteppedBroker<SimulatedPoller>] = []
    /// What a crash in the middle of a turn left of the disk.
    private var capturedDisk: SimulatedDisk?
    /// Which life it is in, or was in last; from 1.
    private(set) var life = 0
    /// Told of anything that must not be.
    var violate: ((String) -> Void)?
    /// Told when a planned crash in the middle of a turn has come.
    var onPlannedCrash: ((BrokerEnd) -> Void)?

    /// - Parameter plant: Makes a disk with a bug of the real one.
    init(
        _ configuration: BrokerConfiguration, _ plan: SimulationPlan,
        _ scheduler: SimulationScheduler, _ network: SimulatedNetwork, seed: UInt64,
        plant: ((SimulatedDisk) -> any Disk)?
    ) {
        self.configuration = configuration
        self.scheduler = scheduler
        self.network = network
        self.seed = seed
        self.plant = plant
        diskNanoseconds = plan.diskNanoseconds
        random = SplitMix64(seed: seed, part: 6)
    }

    /// True from a start to the next crash, or to the end of a stop.
    var isRunning: Bool { broker != nil }

    /// What the broker holds; nil when it does not run.
    func census() -> BrokerCensus? { broker?.census() }

    /// The state of a partition's log in the running broker.
    func offsets(of name: PartitionName) -> LogOffsets? {
        guard name.life == 0 || name.life == life else { return nil }
        return broker?.offsets(topicId: name.topicId, partition: name.partition)
    }

    // MARK: - Starting

    /// Begins a new life.
    /// - Returns: False when it cannot be begun, for want of a disk that works.
    func start() -> Bool {
        precondition(broker == nil, "the broker runs already")
        life += 1
        scheduler.note("start", life)
        configuration.disk = plant?(disk) ?? disk
        let messages = NoticeBoard(scheduler)
        do throws(BrokerError) {
            let listening = network.listen(port: configuration.listenAddress.port)
            var made: [SimulatedPollerCore] = []
            broker = try SteppedBroker<SimulatedPoller>(
                configuration, brokerId: BrokerLife(life).brokerId,
                listener: FileDescriptor(owning: listening.descriptor),
                onNotice: { messages.note($0) },
                onDiskWork: { [unowned self] in later($0, $1) },
                makePoller: { [network] (_) throws(Errno) in
                    let poller = try SimulatedPoller(network)
                    made.append(poller.core)
                    return poller
                })
            cores = made
        } catch {
            network.collectDropped()
            scheduler.log?("the broker does not start: \(error)")
            // It may have died of a crash that was planned before it came to the error.
            disk.setHook(nil)
            disk = capturedDisk ?? disk
            capturedDisk = nil
            plannedEnd = nil
            return false
        }
        makeTasks()
        endAsPlanned()
        return isRunning
    }

    private func makeTasks() {
        tasks = cores.indices.map { index in
            SimulatedTask(
                scheduler, "shard", index, seed: seed ^ UInt64(life)
            ) { [unowned self] in turn(index) }
        }
        for (core, task) in zip(cores, tasks) {
            core.whenReady = { [weak task] in task?.wake() }
            task.wake()
        }
    }

    /// The disk takes its time for what a shard does not wait for. What it has to do is done at
    /// some moment of that time, before which the shard, or a crash, may have been faster.
    private func later(_ shard: Int, _ work: SteppedDiskWork) {
        let core = cores.isEmpty ? nil : cores[shard]
        let task = tasks.isEmpty ? nil : tasks[shard]
        let slowness = max(slowUntilNanoseconds - scheduler.nowNanoseconds, 0)
        let whole = random.drawTime(diskNanoseconds) + random.drawTime(0...slowness)
        let part = random.pick([0, whole, random.drawTime(0...whole)])
        scheduler.after(part) { [weak self, weak core, weak task, scheduler] in
            scheduler.note("disk", shard)
            work.run()
            self?.endAsPlanned()
            scheduler.after(whole - part) {
                scheduler.note("synchronized", shard)
                work.report()
                if core?.waker.isPending == true { task?.wake() }
            }
        }
    }

    private func turn(_ index: Int) -> Int64 {
        guard let broker, !broker.isDrained(index) else { return .max }
        do throws(Errno) {
            try broker.turn(index)
        } catch {
            violate?("shard \(index) cannot go on: \(error)")
            return .max
        }
        network.collectDropped()
        endAsPlanned()
        guard self.broker != nil else { return .max }
        // A wake is seen by a thread that sleeps; one that runs looks before it does.
        for other in cores.indices where other != index && cores[other].waker.isPending {
            tasks[other].wake()
        }
        if cores[index].isReady { return scheduler.nowNanoseconds }
        return scheduler.nowNanoseconds + broker.waitNanoseconds(index)
    }

    // MARK: - Faults

    /// What the disk does takes longer for so long.
    func slowDisk(nanoseconds: Int64) {
        slowUntilNanoseconds = scheduler.nowNanoseconds + nanoseconds
    }

    /// No shard runs for so long: a stopped process, a machine that is suspended.
    func pause(nanoseconds: Int64) {
        for task in tasks { task.pause(nanoseconds: nanoseconds) }
    }

    /// One shard does not run for so long.
    func pause(shard: Int, nanoseconds: Int64) {
        guard !tasks.isEmpty else { return }
        tasks[shard % tasks.count].pause(nanoseconds: nanoseconds)
    }

    /// Ends the process where it stands, or where a planned crash stopped it.
    func crash(_ end: BrokerEnd) {
        guard let broker else { return }
        scheduler.note("crash", life, end == .kill ? 0 : 1)
        for task in tasks { task.stop() }
        if end == .powerLoss { network.silenceAll(near: configuration.listenAddress.port) }
        // As the system does: what the process had open is closed.
        for core in cores { core.shutDown() }
        network.closeHanded()
        disk.setHook(nil)
        let left = capturedDisk ?? remains(end)
        capturedDisk = nil
        let leaked = broker.crash()
        if leaked > 0 {
            violate?("\(leaked) B of pooled memory did not come home after a crash")
            graveyard.append(broker)
        }
        self.broker = nil
        cores = []
        tasks = []
        disk = left
        scheduler.note("remains", Int(truncatingIfNeeded: disk.visibleHash >> 1))
    }

    private func remains(_ end: BrokerEnd) -> SimulatedDisk {
        end == .kill ? disk.afterKill() : disk.crashState(using: &random)
    }

    /// Has the process die in the middle of what it does with its disk: at one of its next calls.
    ///
    /// What it does behind that call no longer reaches anybody: the disk stays as it was then, and
    /// the network takes nothing more.
    func planCrash(_ end: BrokerEnd) {
        guard broker != nil, capturedDisk == nil else { return }
        disk.setHook(CrashCountdown(self, end, count: random.draw(1...12)).hook)
    }

    /// Forgets crashes that were planned and have not come.
    func cancelPlannedCrash() {
        if capturedDisk == nil { disk.setHook(nil) }
    }

    /// Has the process die in the middle of its next recovery.
    func planCrashOfNextStart(_ end: BrokerEnd) {
        disk.setHook(CrashCountdown(self, end, count: random.draw(1...40)).hook)
    }

    private var plannedEnd: BrokerEnd?

    fileprivate func capture(_ end: BrokerEnd) {
        guard capturedDisk == nil else { return }
        capturedDisk = remains(end)
        plannedEnd = end
        network.silenceAll(near: configuration.listenAddress.port)
    }

    private func endAsPlanned() {
        guard let end = plannedEnd else { return }
        plannedEnd = nil
        onPlannedCrash?(end)
    }

    /// Asks the broker to stop in an orderly way.
    func stop() {
        broker?.stop()
        for task in tasks { task.wake() }
    }

    /// True when every shard has stopped.
    var isDrained: Bool {
        guard let broker else { return true }
        return (0..<broker.shardCount).allSatisfy { broker.isDrained($0) }
    }
}

/// Counts calls of a disk until the one at which the process dies.
///
/// SAFETY: a simulation runs on one thread; the disk calls its hook there.
private final class CrashCountdown: @unchecked Sendable {
    private unowned let process: BrokerProcess
    private let end: BrokerEnd
    private var count: Int

    init(_ process: BrokerProcess, _ end: BrokerEnd, count: Int) {
        self.process = process
        self.end = end
        self.count = count
    }

    var hook: SimulatedDisk.Hook {
        { _, _ in
            self.count -= 1
            if self.count == 0 { self.process.capture(self.end) }
        }
    }
}

/// Writes what storage has to tell into the log of the simulation.
///
/// SAFETY: as above.
private final class NoticeBoard: @unchecked Sendable {
    private let scheduler: SimulationScheduler

    init(_ scheduler: SimulationScheduler) { self.scheduler = scheduler }

    func note(_ notice: StorageNotice) {
        scheduler.trace.mix(notice.text)
        scheduler.log?("notice: \(notice.text)")
    }
}
