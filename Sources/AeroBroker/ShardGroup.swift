// Starts the shards of a broker, each on its own thread with its own poller.

import AeroIO
import AeroMemory
import AeroStorage
import Synchronization

/// Lets shards wake each other before all of them have made their pollers.
///
/// A shard that has no waker yet has not slept yet either, and looks at its rings first.
internal final class WakerSlot: Sendable {
    private let waker = Mutex<Waker?>(nil)

    func set(_ waker: Waker) { self.waker.withLock { $0 = waker } }

    var current: Waker? { waker.withLock { $0 } }
}

/// A shard's thread and how to wake it.
internal final class RunningShard: Sendable {
    let waker: Waker
    private let thread: JoinHandle
    private let failure: FailureSlot

    init(waker: Waker, thread: JoinHandle, failure: FailureSlot) {
        self.waker = waker
        self.thread = thread
        self.failure = failure
    }

    /// Waits for the thread; answers the error that ended it early.
    func join() -> Errno? {
        thread.join()
        return failure.value
    }
}

/// Where a shard leaves the error that ended it.
internal final class FailureSlot: Sendable {
    private let stored = Mutex<Errno?>(nil)

    var value: Errno? { stored.withLock { $0 } }

    func set(_ errno: Errno) { stored.withLock { $0 = errno } }
}

/// What one shard thread is given at its start.
///
/// SAFETY: made by the starting thread and used by the shard's thread alone from then on.
private final class ShardSeed: @unchecked Sendable {
    let index: Int
    var links: [ShardLink?]
    var listener: Int32?

    init(index: Int, links: [ShardLink?]) {
        self.index = index
        self.links = links
    }
}

/// What a shard thread says when it is up.
private enum StartOutcome: Sendable {
    case running(Waker)
    case failed(Errno)
}

internal enum ShardGroup {
    /// Messages that one shard may be ahead of another before the ring is full.
    private static let ringCapacity = 4_096

    /// Starts all shards; returns once each has its poller and, shard 0, the listener.
    ///
    /// - Throws: The first error of a poller or thread; shards already started are stopped.
    static func start<P: Poller & ~Copyable & SendableMetatype>(
        _ configuration: BrokerConfiguration, _ context: BrokerContext,
        listener: consuming TCPListener, poller: P.Type
    ) throws(Errno) -> [RunningShard] {
        let slots = (0..<configuration.shardCount).map { _ in WakerSlot() }
        let links = makeLinks(slots)
        let descriptor = listener.take().release()
        var running: [RunningShard] = []
        for index in 0..<configuration.shardCount {
            let seed = ShardSeed(index: index, links: links[index])
            if index == 0 { seed.listener = descriptor }
            do throws(Errno) {
                running.append(
                    try start(seed, configuration, context, slots[index], poller))
            } catch {
                context.stop()
                for shard in running {
                    shard.waker.wake()
                    _ = shard.join()
                }
                throw error
            }
        }
        return running
    }

    private static func start<P: Poller & ~Copyable & SendableMetatype>(
        _ seed: ShardSeed, _ configuration: BrokerConfiguration, _ context: BrokerContext,
        _ slot: WakerSlot, _ poller: P.Type
    ) throws(Errno) -> RunningShard {
        let failure = FailureSlot()
        let report = SPSCRing<StartOutcome>.make(capacity: 1, waiting: .block)
        let reporter = StartReporter(report.producer)
        var outcome = report.consumer
        let cores = CPUSet.available.cores
        let core = configuration.pinsShards ? cores[seed.index % cores.count] : nil
        let thread = try SystemThread.start(name: "shard-\(seed.index)", core: core) {
            do throws(Errno) {
                let shard: Shard<P> = try makeShard(seed, configuration, context)
                defer {
                    // Messages left in the rings hold memory of pools that the context keeps.
                    context.retire(shard.pool)
                    seed.links.removeAll()
                }
                slot.set(shard.poller.waker)
                reporter.report(.running(shard.poller.waker))
                try shard.run()
            } catch {
                failure.set(error)
                context.fail()
                reporter.report(.failed(error))
            }
        }
        switch outcome.pop() {
        case .running(let waker):
            return RunningShard(waker: waker, thread: thread, failure: failure)
        case .failed(let errno):
            thread.join()
            throw errno
        case nil: preconditionFailure("a shard thread ended without a word")
        }
    }

    private static func makeShard<P: Poller & ~Copyable & SendableMetatype>(
        _ seed: ShardSeed, _ configuration: BrokerConfiguration, _ context: BrokerContext
    ) throws(Errno) -> Shard<P> {
        var pollerConfiguration = PollerConfiguration()
        pollerConfiguration.spinNanoseconds = configuration.spinNanoseconds
        pollerConfiguration.slotCountLimit = configuration.connectionCountMax + 1
        let poller = try P(configuration: pollerConfiguration)
        var lanes: DiskLanes?
        if let directory = context.storage?.directory {
            lanes = try DiskLanes(directory, shard: seed.index, waker: poller.waker)
        }
        let shard: Shard<P> = try makeShard(
            seed.index, configuration, context, links: seed.links, poller: poller, lanes: lanes)
        if let listener = seed.listener {
            try shard.listen(on: FileDescriptor(owning: listener))
        }
        return shard
    }

    /// Makes a shard, whose logs are recovered when this returns.
    ///
    /// - Throws: `.outOfMemory` when there is no pool to be had.
    static func makeShard<P: Poller & ~Copyable>(
        _ index: Int, _ configuration: BrokerConfiguration, _ context: BrokerContext,
        links: [ShardLink?], poller: consuming P, lanes: DiskLanes?
    ) throws(Errno) -> Shard<P> {
        let shard = try Shard(
            index: index, configuration: configuration, context: context,
            counters: context.counters[index], links: links, poller: poller, lanes: lanes)
        shard.openPartitions()
        return shard
    }

    /// One ring for each ordered pair of shards.
    static func makeLinks(_ slots: [WakerSlot]) -> [[ShardLink?]] {
        let count = slots.count
        var links = [[ShardLink?]](
            repeating: [ShardLink?](repeating: nil, count: count), count: count)
        for first in 0..<count {
            for second in (first + 1)..<max(count, first + 1) {
                let there = SPSCRing<ShardMessage>.make(capacity: ringCapacity)
                let back = SPSCRing<ShardMessage>.make(capacity: ringCapacity)
                let tallyThere = LinkTally()
                let tallyBack = LinkTally()
                links[first][second] = ShardLink(
                    outbound: there.producer, inbound: back.consumer, peer: slots[second],
                    outboundTally: tallyThere, inboundTally: tallyBack)
                links[second][first] = ShardLink(
                    outbound: back.producer, inbound: there.consumer, peer: slots[first],
                    outboundTally: tallyBack, inboundTally: tallyThere)
            }
        }
        return links
    }
}

/// The shard thread's end of the start report.
///
/// SAFETY: handed to one thread, which alone uses it.
private final class StartReporter: @unchecked Sendable {
    private var producer: SPSCRing<StartOutcome>.Producer

    init(_ producer: consuming SPSCRing<StartOutcome>.Producer) { self.producer = producer }

    /// Says how the start went; only the first word is heard.
    func report(_ outcome: StartOutcome) { _ = producer.tryPush(outcome) }
}

extension DiskLanes {
    /// Lanes with threads of their own.
    fileprivate init(_ directory: DataDirectory, shard: Int, waker: Waker) throws(Errno) {
        commits = try DiskThread<SyncJob, SyncOutcome>(name: "commit-\(shard)", waker: waker) {
            $0.run(on: directory, shard: shard)
        }
        upkeep = try DiskThread<UpkeepJob, UpkeepOutcome>(name: "upkeep-\(shard)", waker: waker) {
            $0.run(on: directory, shard: shard)
        }
    }
}
