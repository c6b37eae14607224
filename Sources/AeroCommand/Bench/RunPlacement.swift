// Which cores the threads of a run get.

import AeroDrivers
import AeroIO
import AeroLoad
import AeroReport

/// The cores of a run's own threads and of the target that it starts.
///
/// Threads are pinned where each gets a core to itself and two are left for everything else: the
/// collecting thread, the broker's disk threads, the kernel, whoever else is there. With fewer
/// cores the kernel places them: a pinned thread that finds its core taken waits while another core
/// is idle.
struct RunPlacement: Equatable {
    /// The core of each load worker, by index; empty when the kernel chooses.
    let workerCores: [Int]
    /// The core of each shard of the broker that the run starts; empty when the kernel chooses, or
    /// when there is no such broker.
    let shardCores: [Int]

    private static let spareCoreCount = 2

    /// - Parameters:
    ///   - available: Cores that this process may use, ascending.
    ///   - workerCount: Load workers.
    ///   - shardCount: Shards of the broker that the run starts; 0 without one.
    init(available: [Int], workerCount: Int, shardCount: Int) {
        guard available.count >= workerCount + shardCount + Self.spareCoreCount else {
            (workerCores, shardCores) = ([], [])
            return
        }
        // The broker's own order: shard n on the n-th core that it may use.
        shardCores = Array(available.prefix(shardCount))
        workerCores = Array(available.dropFirst(shardCount).prefix(workerCount))
    }

    /// The placement of a run, on the cores that there are.
    ///
    /// A target that the run does not start may have its threads anywhere, so nothing is placed
    /// then. The threads of a relay and of other brokers are not pinned; cores are left for them,
    /// so that the generator is the same beside each.
    ///
    /// - Parameter isStarted: Whether the run starts the target itself.
    init(_ scenario: Scenario, _ kind: TargetKind, isStarted: Bool) {
        let shardCount = scenario.broker.shardCount
        let targetThreadCount =
            switch kind {
            case .aeromq, .peer: shardCount
            case .relay, .relayFile, .echo: 1
            case .null, .truth: 0
            }
        // librdkafka's threads would share the core of the worker that starts them.
        let mayPin = isStarted && kind != .peer(.kafka)
        let placement = RunPlacement(
            available: mayPin ? CPUSet.available.cores : [],
            workerCount: scenario.workerCount, shardCount: targetThreadCount)
        workerCores = placement.workerCores
        shardCores = kind == .aeromq ? placement.shardCores : []
    }

    /// Whether threads are pinned.
    var isPinned: Bool { !workerCores.isEmpty }

    /// As the result states it; nil when the kernel chooses.
    var record: PlacementRecord? {
        isPinned ? PlacementRecord(generatorCores: workerCores, brokerCores: shardCores) : nil
    }
}
