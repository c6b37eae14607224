// The broker's process on the simulated machine: its lives, one after the other.

import AeroBroker
import AeroIO
import FaultSupport
import TestSupport

/// Runs the real broker's shards as tasks of the simulated machine; crashes and starts it again.
final class BrokerProcess {
    private let scheduler: SimulationScheduler
    private let network: SimulatedNetwork
    private let configuration: BrokerConfiguration
    private let seed: UInt64
    private var broker: SteppedBroker<SimulatedPoller>?
    private var cores: [SimulatedPollerCore] = []
    private var tasks: [SimulatedTask] = []
    /// Brokers that leaked: letting go of them would trap.
    private var graveyard: [SteppedBroker<SimulatedPoller>] = []
    /// Which life it is in, or was in last; from 1.
    private(set) var life = 0
    /// Told of anything that must not be.
    var violate: ((String) -> Void)?

    init(
        _ configuration: BrokerConfiguration, _ scheduler: SimulationScheduler,
        _ network: SimulatedNetwork, seed: UInt64
    ) {
        self.configuration = configuration
        self.scheduler = scheduler
        self.network = network
        self.seed = seed
    }

    /// True from a start to the next crash, or to the end of a stop.
    var isRunning: Bool { broker != nil }

    /// What the broker holds; nil when it does not run.
    func census() -> BrokerCensus? { broker?.census() }

    /// The ends of a partition's log in the running broker.
    func offsets(topicId: UInt32, partition: UInt32) -> (logStart: Int64, highWatermark: Int64)? {
        broker?.offsets(topicId: topicId, partition: partition)
    }

    /// Begins a new life.
    func start() {
        precondition(broker == nil, "the broker runs already")
        life += 1
        scheduler.note("start", life)
        let clock = scheduler.clock
        let port = configuration.listenAddress.port
        do throws(Errno) {
            let listening = network.listen(port: port)
            var made: [SimulatedPollerCore] = []
            let broker = try SteppedBroker<SimulatedPoller>(
                configuration, brokerId: BrokerLife(life).brokerId,
                listener: FileDescriptor(owning: listening.descriptor),
                now: { clock.nowNanoseconds }
            ) { [network] (_) throws(Errno) in
                let poller = try SimulatedPoller(network)
                made.append(poller.core)
                return poller
            }
            self.broker = broker
            cores = made
        } catch {
            violate?("the broker does not start: \(error)")
            return
        }
        makeTasks()
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

    private func turn(_ index: Int) -> Int64 {
        guard let broker, !broker.isDrained(index) else { return .max }
        do throws(Errno) {
            try broker.turn(index)
        } catch {
            violate?("shard \(index) cannot go on: \(error)")
            return .max
        }
        network.collectDropped()
        // A wake is seen by a thread that sleeps; one that runs looks before it does.
        for other in cores.indices where other != index && cores[other].waker.isPending {
            tasks[other].wake()
        }
        if cores[index].isReady { return scheduler.nowNanoseconds }
        return scheduler.nowNanoseconds + broker.waitNanoseconds(index)
    }

    // MARK: - Faults

    /// No shard runs for so long: a stopped process, a machine that is suspended.
    func pause(nanoseconds: Int64) {
        for task in tasks { task.pause(nanoseconds: nanoseconds) }
    }

    /// One shard does not run for so long.
    func pause(shard: Int, nanoseconds: Int64) {
        guard !tasks.isEmpty else { return }
        tasks[shard % tasks.count].pause(nanoseconds: nanoseconds)
    }

    /// Ends the process where it stands.
    func crash() {
        guard let broker else { return }
        scheduler.note("crash", life)
        for task in tasks { task.stop() }
        // As the system does: what the process had open is closed.
        for core in cores { core.shutDown() }
        network.closeHanded()
        let leaked = broker.crash()
        if leaked > 0 {
            violate?("\(leaked) B of pooled memory did not come home after a crash")
            graveyard.append(broker)
        }
        self.broker = nil
        cores = []
        tasks = []
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
