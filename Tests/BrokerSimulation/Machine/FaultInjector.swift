// Breaks things at random times.

import AeroIO
import FaultSupport
import TestSupport

/// Makes the faults of a plan happen until it is told to stop.
final class FaultInjector {
    private enum Fault: CaseIterable {
        case cut, stall, silence, partition, pause, jump, crash, powerLoss, withhold
        case fullDisk, brokenDisk, slowDisk, wallClock
    }

    private unowned let simulation: Simulation
    private let plan: FaultPlan
    private var random: SplitMix64
    private var isStopped = false
    private var faults: [Fault] = []
    /// How many faults there were.
    private(set) var count = 0

    init(_ simulation: Simulation) {
        self.simulation = simulation
        plan = simulation.plan.faults
        random = SplitMix64(seed: simulation.seed, part: 4)
        if plan.cutsConnections { faults.append(.cut) }
        if plan.stallsConnections { faults.append(.stall) }
        if plan.silencesConnections { faults.append(.silence) }
        if plan.partitionsNetwork { faults.append(.partition) }
        if plan.pausesProcesses { faults.append(.pause) }
        if plan.jumpsClocks { faults.append(.jump) }
        if plan.crashesBroker { faults.append(.crash) }
        if plan.losesPower { faults.append(.powerLoss) }
        if plan.fillsDisk { faults.append(.fullDisk) }
        if plan.breaksDisk { faults.append(.brokenDisk) }
        if plan.slowsDisk { faults.append(.slowDisk) }
        if plan.setsClocks { faults.append(.wallClock) }
        if plan.withholdsReads { faults.append(.withhold) }
    }

    /// Begins.
    func start() { scheduleNext() }

    /// Nothing is broken any more from here on; what is broken is mended.
    func stop() {
        isStopped = true
        simulation.broker.cancelPlannedCrash()
        simulation.broker.disk.removeFaults()
        simulation.broker.disk.capacityByteCount = .max
        simulation.network.heal()
    }

    private func scheduleNext() {
        guard !faults.isEmpty, let interval = plan.intervalNanoseconds else { return }
        simulation.scheduler.after(random.drawTime(0...(2 * interval))) { [unowned self] in
            guard !isStopped else { return }
            count += 1
            inject(random.pick(faults))
            scheduleNext()
        }
    }

    private func inject(_ fault: Fault) {
        simulation.scheduler.note("fault", faults.firstIndex(of: fault) ?? -1)
        simulation.log("fault: \(fault)")
        let network = simulation.network
        let scheduler = simulation.scheduler
        let time = random.drawTime(1_000_000...2_000_000_000)
        simulation.disturb(until: scheduler.nowNanoseconds + time)
        switch fault {
        case .cut:
            if let end = anyConnection() { network.cut(end) }
        case .stall:
            guard let near = anyConnection() else { return }
            let end = random.percent(50) ? near : network.farEnd(of: near) ?? near
            network.stall(end, nanoseconds: time)
        case .silence: if let end = anyConnection() { network.silence(end) }
        case .partition:
            network.partitionedUntilNanoseconds = scheduler.nowNanoseconds + time
        case .pause: pause(time)
        case .jump:
            scheduler.jump(to: scheduler.nowNanoseconds + 20 * time)
            simulation.disturb(until: scheduler.nowNanoseconds)
            simulation.noteUnevenTime(until: scheduler.nowNanoseconds)
        // Some machines are there again at once.
        case .crash: crash(random.percent(50) ? time : time / 50)
        case .powerLoss: losePower(random.percent(30) ? time : time / 50)
        case .fullDisk: fillDisk(time)
        case .brokenDisk: breakDisk()
        case .slowDisk:
            simulation.broker.slowDisk(nanoseconds: time)
            simulation.noteUnevenTime(until: scheduler.nowNanoseconds + time)
        case .wallClock:
            // Any two times less than a day apart, after which producers would be forgotten.
            scheduler.clock.wallShiftMilliseconds = random.drawTime(
                -40_000_000...40_000_000)
        case .withhold: random.pick(simulation.clients).stopReceiving(nanoseconds: time)
        }
    }

    private func pause(_ time: Int64) {
        simulation.noteUnevenTime(until: simulation.scheduler.nowNanoseconds + time)
        switch random.below(3) {
        case 0: simulation.broker.pause(nanoseconds: time)
        case 1: simulation.broker.pause(shard: random.below(64), nanoseconds: time)
        default: random.pick(simulation.clients).task.pause(nanoseconds: time)
        }
    }

    private func crash(_ time: Int64) {
        guard simulation.broker.isRunning else { return }
        switch random.below(3) {
        case 0: simulation.stopAndRestart(downNanoseconds: time)
        case 1: simulation.crashAndRestart(.kill, downNanoseconds: time)
        default: simulation.planCrash(.kill, downNanoseconds: time)
        }
    }

    private func losePower(_ time: Int64) {
        guard simulation.broker.isRunning else { return }
        if random.percent(50) {
            simulation.crashAndRestart(.powerLoss, downNanoseconds: time)
        } else {
            simulation.planCrash(.powerLoss, downNanoseconds: time)
        }
    }

    /// For a while there is hardly room for more.
    private func fillDisk(_ time: Int64) {
        let broker = simulation.broker
        simulation.noteFullDisk()
        broker.disk.capacityByteCount = broker.disk.usedByteCount + random.draw(0...4_096)
        simulation.scheduler.after(time) { broker.disk.capacityByteCount = .max }
    }

    /// One of the next calls fails.
    private func breakDisk() {
        let kinds: [DiskOperationKind] = [
            .write, .synchronize, .synchronizeFileSystem, .create, .synchronizeDirectory, .rename,
            .read, .open, .createDirectory,
        ]
        let kind = random.pick(kinds)
        simulation.log("one \(kind) is to fail")
        simulation.noteDiskError(kind)
        simulation.broker.disk.inject(
            DiskFault(
                kind, .ioError, ordinal: random.draw(1...4),
                writtenByteCount: kind == .write ? random.draw(0...100) : 0))
    }

    private func anyConnection() -> SimulatedEnd? {
        let connections = simulation.network.connections
        return connections.isEmpty ? nil : random.pick(connections)
    }
}
