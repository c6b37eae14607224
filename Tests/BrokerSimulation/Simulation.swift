// One simulation: a machine, a broker, its clients and everything that goes wrong, from a seed.

import AeroBroker
import AeroCore
import AeroIO
import AeroMemory
import AeroWire
import FaultSupport
import TestSupport

/// What came of a simulation.
package struct SimulationOutcome: Sendable {
    /// Which one it was.
    package let seed: UInt64
    /// The fingerprint of everything that happened: the same seed always gives the same.
    package let traceHash: UInt64
    /// What must not be, in words; empty when all is well.
    package let violations: [String]
    /// How much happened.
    package let statistics: SimulationStatistics
}

/// How much happened in simulations.
package struct SimulationStatistics: Sendable {
    package var eventCount = 0
    package var simulatedNanoseconds: Int64 = 0
    package var faultCount = 0
    package var brokerLifeCount = 0
    package var connectionCount = 0
    package var answerCount = 0
    package var acknowledgedCount = 0
    package var deliveredCount = 0

    package init() {}

    /// Adds another simulation's.
    package mutating func add(_ other: SimulationStatistics) {
        eventCount += other.eventCount
        simulatedNanoseconds += other.simulatedNanoseconds
        faultCount += other.faultCount
        brokerLifeCount += other.brokerLifeCount
        connectionCount += other.connectionCount
        answerCount += other.answerCount
        acknowledgedCount += other.acknowledgedCount
        deliveredCount += other.deliveredCount
    }
}

/// The whole of a simulated machine; runs once.
package final class Simulation {
    let seed: UInt64
    let plan: SimulationPlan
    let bug: PlantedBug?
    let scheduler: SimulationScheduler
    let network: SimulatedNetwork
    let brokerAddress = SocketAddress.loopback(port: 9_700)
    private(set) var broker: BrokerProcess
    private(set) var clients: [SimulatedClient] = []
    private(set) lazy var checker = SimulationChecker(
        now: { [unowned scheduler] in scheduler.nowNanoseconds },
        violate: { [unowned self] in violate($0) })
    /// True once faults have ended and everybody finishes.
    private(set) var isQuiescing = false
    private var vandals: [SimulatedVandal] = []
    private lazy var faults = FaultInjector(self)
    private var random: SplitMix64
    private var violations: [String] = []
    private var answerCount = 0
    /// Until when what happens may be the effect of a fault.
    private var disturbedUntilNanoseconds: Int64 = 0
    private var unevenUntilNanoseconds: Int64 = 0
    private var hasDiskErrors = false
    private var hasFilledDisk = false
    private var mayLoseNames = false
    private var plannedDown: Int64 = 0
    private var outage: Outage?
    private var restartNumber = 0
    private var topicsById: [UInt32: TopicPlan] = [:]
    private var topicIds: [String: UInt32] = [:]
    private var promises: [DeliveryPromise] = []

    /// From the first end of the broker to the next start that comes to its end.
    private struct Outage {
        /// The worst that happened meanwhile.
        let end: BrokerEnd
        /// When the broker last served anybody.
        let crashedNanoseconds: Int64
    }

    /// Nothing is learnt from more of them.
    private static let violationCountMax = 5

    /// - Parameters:
    ///   - bug: A bug to plant; nil for none.
    ///   - log: Gets a line for each thing that happens.
    package init(seed: UInt64, bug: PlantedBug? = nil, log: ((String) -> Void)? = nil) {
        self.seed = seed
        self.bug = bug
        plan = SimulationPlan(seed: seed)
        random = SplitMix64(seed: seed, part: 7)
        let scheduler = SimulationScheduler(seed: seed)
        self.scheduler = scheduler
        if let log {
            scheduler.log = { [unowned scheduler] line in
                log("\(scheduler.nowNanoseconds) \(line)")
            }
        }
        network = SimulatedNetwork(
            scheduler: scheduler, conditions: plan.conditions, seed: seed)
        if let bug, !bug.concernsDisk { network.makeTap = { FrameTap(bug) } }
        broker = BrokerProcess(
            Self.configuration(plan, seed: seed, brokerAddress, scheduler.clock), plan,
            scheduler, network, seed: seed, plant: bug.flatMap { $0.makeDisk(scheduler) })
        broker.violate = { [unowned self] in violate($0) }
        broker.onPlannedCrash = { [unowned self] in
            crashAndRestart($0, downNanoseconds: plannedDown)
        }
    }

    private static func configuration(
        _ plan: SimulationPlan, seed: UInt64, _ address: SocketAddress,
        _ clock: SimulatedClock
    ) -> BrokerConfiguration {
        var configuration = BrokerConfiguration(listenAddress: address)
        configuration.producerIdSeed = seed
        configuration.clock = clock
        configuration.dataDirectory = plan.hasDisk ? "/data" : nil
        configuration.shardCount = plan.shardCount
        configuration.memoryByteCountMax = plan.memoryByteCountMax * plan.shardCount
        configuration.frameByteCountMax = 512 << 10
        configuration.outputHighWatermark = plan.outputHighWatermark
        configuration.outputLowWatermark = plan.outputHighWatermark / 2
        configuration.socketOptions = SimulationLimits.socketOptions
        configuration.connectionTerms.heartbeatIntervalMilliseconds = 1_000
        configuration.drainNanoseconds = 500_000_000
        return configuration
    }

    // MARK: - For those who take part

    /// Something happened that must not.
    func violate(_ what: String) {
        log("VIOLATION: \(what)")
        guard violations.count < Self.violationCountMax else { return }
        violations.append(what)
    }

    /// Writes a line for people; not part of the trace.
    func log(_ line: @autoclosure () -> String) { scheduler.log?(line()) }

    func countAnswer() { answerCount += 1 }

    /// A fault lasts until then, and is felt for a while longer.
    func disturb(until time: Int64) {
        disturbedUntilNanoseconds = max(
            disturbedUntilNanoseconds, time + SimulationLimits.aftermathNanoseconds)
    }

    /// The broker did not run, or time jumped, until then.
    func noteUnevenTime(until time: Int64) {
        unevenUntilNanoseconds = max(unevenUntilNanoseconds, time)
    }

    /// True while connections may be lost for good reason.
    var isDisturbed: Bool { scheduler.nowNanoseconds < disturbedUntilNanoseconds }

    /// The name of a partition as a client knows it on its connection.
    func partitionName(
        _ client: SimulatedClient, _ topicId: UInt32, _ partition: UInt32, _ topic: TopicPlan
    ) -> PartitionName {
        let life = topic.durability == .volatile ? client.brokerLife : 0
        return PartitionName(life: life, topicId: topicId, partition: partition)
    }

    func model(_ name: PartitionName, _ topic: TopicPlan) -> PartitionModel {
        topicsById[name.topicId] = topic
        return checker.model(name, topic.durability)
    }

    /// A client found out the number of a topic that outlives the broker: it never changes.
    func noteTopicId(_ id: UInt32, _ topic: TopicPlan) {
        guard topic.durability != .volatile else { return }
        // Its partitions are known from here on, so that none misses a restart that comes before
        // the first reply about it is read.
        for partition in 0..<topic.partitionCount {
            _ = model(PartitionName(life: 0, topicId: id, partition: partition), topic)
        }
        let former = topicIds.updateValue(id, forKey: topic.name)
        guard let former, former != id else { return }
        violate("\(topic.name) had the number \(former) and has \(id)")
    }

    /// Where a partition's log starts; nil unless the broker runs and is in that life.
    func logStartOffset(of name: PartitionName, in life: Int) -> Int64? {
        life == broker.life ? broker.offsets(of: name)?.start : nil
    }

    /// A disk error was injected: what it hits may lose what was not promised for such a case.
    func noteDiskError(_ kind: DiskOperationKind) {
        hasDiskErrors = true
        // Names whose synchronization failed are not made durable by a later one: a limit that
        // `Sources/README.md` states, because file systems go read-only then.
        if kind == .synchronizeDirectory || kind == .synchronizeFileSystem { mayLoseNames = true }
    }

    /// For a while there was no room on the disk.
    func noteFullDisk() { hasFilledDisk = true }

    /// True when the log of the groups may have failed, or may have had to refuse something: what
    /// consumers acknowledged then lasts as long as they do.
    var mayForgetAcknowledgements: Bool { hasDiskErrors || hasFilledDisk }

    /// True when a partition may have forgotten a producer: its log may have failed.
    var mayForgetProducers: Bool { hasDiskErrors }

    /// Ends the broker where it stands; it starts again after a while.
    func crashAndRestart(_ end: BrokerEnd, downNanoseconds: Int64) {
        guard broker.isRunning else { return }
        broker.crash(end)
        let crashed = outage?.crashedNanoseconds ?? scheduler.nowNanoseconds
        let isPowerLoss = end == .powerLoss || outage?.end == .powerLoss
        outage = Outage(end: isPowerLoss ? .powerLoss : .kill, crashedNanoseconds: crashed)
        restart(downNanoseconds)
    }

    /// Has the broker die in the middle of one of its next calls to the disk.
    func planCrash(_ end: BrokerEnd, downNanoseconds: Int64) {
        plannedDown = downNanoseconds
        broker.planCrash(end)
    }

    private func restart(_ downNanoseconds: Int64) {
        disturb(until: scheduler.nowNanoseconds + downNanoseconds)
        restartNumber += 1
        let number = restartNumber
        scheduler.after(downNanoseconds) { [unowned self] in
            guard number == restartNumber, !broker.isRunning, let outage else { return }
            network.resetSilenced()
            // Now and then not even the recovery comes to its end.
            let dies = !isQuiescing && random.percent(15)
            if dies { broker.planCrashOfNextStart(outage.end) }
            if broker.start() {
                self.outage = nil
                checker.transcript.brokerStarted()
                checkLogs(after: outage)
            } else if number == restartNumber {
                // With room or without the error it has to.
                guard hasDiskErrors || isDiskFull || dies else {
                    violate("the broker does not start again")
                    return
                }
                restart(100_000_000)
            }
        }
    }

    private var isDiskFull: Bool { broker.disk.capacityByteCount < .max }

    /// Holds what the broker found on the disk against what it has promised.
    private func checkLogs(after outage: Outage) {
        for model in checker.modelList where model.name.life == 0 {
            let keepsUntil = keepsUntil(model, outage)
            guard let offsets = broker.offsets(of: model.name) else {
                if model.acknowledgedEnd > 0, !hasDiskErrors, !hasFilledDisk {
                    violate("\(model.name) is not served after a restart")
                }
                model.restartedUnseen(life: broker.life, mayLose: keepsUntil < .max)
                continue
            }
            log(
                "\(model.name) has offsets \(offsets.start) to \(offsets.end),"
                    + " and keeps what was said until \(keepsUntil)")
            if let lost = model.restarted(
                life: broker.life, end: offsets.end, keepsUntil: keepsUntil,
                keepsRecovered: !mayLoseNames)
            {
                violate(lost)
            }
        }
    }

    /// Until when what was acknowledged is kept, whatever happened then.
    private func keepsUntil(_ model: PartitionModel, _ outage: Outage) -> Int64 {
        if outage.end == .kill { return .max }
        if mayLoseNames { return .min }
        let crashed = outage.crashedNanoseconds
        switch model.durability {
        case .sync: return .max
        case .interval:
            guard !hasDiskErrors, let topic = topicsById[model.name.topicId] else { return .min }
            let window =
                Int64(topic.intervalMilliseconds) * 1_000_000
                + SimulationLimits.intervalSlackNanoseconds
            // A broker that did not run could not synchronize, either.
            return unevenUntilNanoseconds > crashed - window ? .min : crashed - window
        case .os, .volatile: return .min
        }
    }

    /// Has the broker stop in an orderly way; it starts again after a while.
    func stopAndRestart(downNanoseconds: Int64) {
        broker.stop()
        disturb(until: scheduler.nowNanoseconds)
        let life = broker.life
        let patience = scheduler.nowNanoseconds + 120_000_000_000
        awaitDrained(life, until: patience, downNanoseconds: downNanoseconds)
    }

    private func awaitDrained(_ life: Int, until patience: Int64, downNanoseconds: Int64) {
        scheduler.after(10_000_000) { [unowned self] in
            guard broker.isRunning, broker.life == life else { return }
            if broker.isDrained {
                return crashAndRestart(.kill, downNanoseconds: downNanoseconds)
            }
            if scheduler.nowNanoseconds > patience {
                violate("the broker was asked to stop and did not")
                return
            }
            awaitDrained(life, until: patience, downNanoseconds: downNanoseconds)
        }
    }
}

extension Simulation {
    // MARK: - Running

    /// Runs the whole simulation.
    package func run() -> SimulationOutcome {
        log("seed \(seed): \(plan)")
        if !broker.start() { violate("the broker does not start") }
        checker.transcript.brokerStarted()
        do {
            try makeClients()
        } catch {
            violate("a client cannot be made: \(error)")
        }
        faults.start()
        let end = scheduler.nowNanoseconds + plan.durationNanoseconds
        runWhile { scheduler.nowNanoseconds < end }
        quiesce()
        if violations.isEmpty { audit() }
        if violations.isEmpty { clearUp() }
        return finish()
    }

    /// Steps as long as a condition holds and nothing is wrong.
    /// - Returns: True when the condition ended it.
    @discardableResult
    private func runWhile(_ condition: () -> Bool) -> Bool {
        while condition() {
            guard violations.isEmpty else { return false }
            guard scheduler.eventCount < SimulationLimits.eventCountMax else {
                violate("after \(scheduler.eventCount) events there is still no rest")
                return false
            }
            guard scheduler.step() else { return false }
        }
        return true
    }

    private func makeClients() throws {
        var roles: [any ClientRole] = []
        // Producers are numbered from 1.
        promises = [DeliveryPromise](repeating: .atLeastOnce, count: plan.producerCount + 1)
        for index in 0..<plan.producerCount {
            roles.append(ProducerRole(plan, producer: index + 1, seed: seed))
        }
        for _ in 0..<plan.numberedProducerCount {
            roles.append(NumberedProducerRole(plan, producer: promises.count, seed: seed))
            promises.append(.once)
        }
        for index in 0..<plan.fetcherCount {
            roles.append(FetcherRole(plan, number: index, seed: seed))
        }
        for index in 0..<plan.subscriberCount {
            roles.append(SubscriberRole(plan, number: index, seed: seed))
        }
        for index in 0..<plan.observerCount {
            roles.append(ObserverRole(plan, number: index, seed: seed))
        }
        let ledger = GroupLedger { [unowned self] in violate($0) }
        for index in 0..<plan.memberCount {
            roles.append(MemberRole(plan, number: index, seed: seed, ledger: ledger))
        }
        for (index, role) in roles.enumerated() {
            let client = try SimulatedClient(self, number: index + 1, role: role)
            clients.append(client)
            scheduler.after(random.drawTime(0...100_000_000)) { client.start() }
        }
        for index in 0..<plan.vandalCount {
            let vandal = try SimulatedVandal(self, number: index)
            vandals.append(vandal)
            vandal.start()
        }
    }

    /// Ends the faults, and lets everybody finish what they have begun.
    private func quiesce() {
        guard violations.isEmpty else { return }
        log("quiescence")
        isQuiescing = true
        faults.stop()
        if let census = broker.census(), census.failedLogCount > 0 {
            // A log that failed takes nothing until a restart has read it again.
            crashAndRestart(.kill, downNanoseconds: 1_000_000)
        }
        disturb(until: scheduler.nowNanoseconds)
        for vandal in vandals { vandal.finish() }
        for client in clients { client.task.wake() }
        awaitDone("everybody is done") { [unowned self] in
            broker.isRunning && clients.allSatisfy(\.isDone)
        }
    }

    /// Waits for a condition, looking now and then; it is a violation that it does not come.
    private func awaitDone(_ what: String, _ condition: @escaping () -> Bool) {
        let deadline = scheduler.nowNanoseconds + SimulationLimits.quiescenceNanoseconds
        var next = scheduler.nowNanoseconds
        var isMet = false
        runWhile {
            guard scheduler.nowNanoseconds >= next else { return true }
            next = scheduler.nowNanoseconds + 20_000_000
            checkCensus()
            isMet = condition()
            return !isMet && scheduler.nowNanoseconds < deadline
        }
        guard !isMet, violations.isEmpty else { return }
        let waiting = clients.filter { !$0.isDone }.map(\.unfinished)
        violate(
            "it never came to this that \(what); not done: \(waiting.joined(separator: "; ")),"
                + " \(String(describing: broker.census()))")
    }

    private func checkCensus() {
        guard let census = broker.census() else { return }
        if census.poolHighWaterByteCountMax > plan.memoryByteCountMax {
            violate("a shard used \(census.poolHighWaterByteCountMax) B, more than its cap")
        }
    }

    /// Reads every log from start to end once more, by a client that was there for nothing else.
    private func audit() {
        log("audit")
        do {
            let role = FetcherRole(plan, number: 99, seed: seed)
            let auditor = try SimulatedClient(self, number: clients.count + 1, role: role)
            clients.append(auditor)
            auditor.start()
            awaitDone("every log was read to its end") { [unowned self] in
                clients.allSatisfy(\.isDone)
            }
            guard violations.isEmpty else { return }
            checkEnds()
            role.reportEnds(auditor)
            checker.judgeHistory(promises: promises)
        } catch {
            violate("the auditor cannot be made: \(error)")
        }
    }

    /// Nobody was told of more than there is.
    private func checkEnds() {
        for model in checker.modelList {
            guard let offsets = broker.offsets(of: model.name),
                model.promisedEnd > offsets.highWatermark
            else { continue }
            violate(
                "clients were told that \(model.name) reaches to \(model.promisedEnd), and its"
                    + " high watermark is \(offsets.highWatermark)")
        }
    }

    /// Everybody leaves: nothing may be left behind.
    private func clearUp() {
        log("clearing up")
        for client in clients { client.finish() }
        awaitDone("nothing is left of connections and what waits") { [unowned self] in
            guard let census = broker.census() else { return false }
            return census.connectionCount == 0 && census.parkedAppendCount == 0
                && census.waitedForPartitionCount == 0
        }
    }

    private func finish() -> SimulationOutcome {
        broker.crash(.kill)
        for client in clients { client.tearDown() }
        for vandal in vandals { vandal.tearDown() }
        network.tearDown()
        scheduler.cancelAll()
        var statistics = SimulationStatistics()
        statistics.eventCount = scheduler.eventCount
        statistics.simulatedNanoseconds = scheduler.nowNanoseconds
        statistics.faultCount = faults.count
        statistics.brokerLifeCount = broker.life
        statistics.connectionCount = clients.reduce(0) { $0 + $1.connectionNumber }
        statistics.answerCount = answerCount
        statistics.acknowledgedCount = checker.acknowledgedCount
        statistics.deliveredCount = checker.shownCount
        // They know the simulation, and it them: neither would ever go.
        clients.removeAll()
        vandals.removeAll()
        return SimulationOutcome(
            seed: seed, traceHash: scheduler.trace.value, violations: violations,
            statistics: statistics)
    }
}
