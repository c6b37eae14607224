// What happens in a simulation, drawn from its seed.

import AeroIO
import AeroWire
import FaultSupport
import TestSupport

/// Bounds that hold in every simulation.
enum SimulationLimits {
    /// Longer than any fault or jump of the clock lasts: who waits longer waits for ever.
    static let requestTimeoutNanoseconds: Int64 = 120_000_000_000
    /// How long everybody has to finish once faults have ended.
    static let quiescenceNanoseconds: Int64 = 180_000_000_000
    /// How long a fault is felt after its end: until everybody who can has connected again.
    static let aftermathNanoseconds: Int64 = 8_000_000_000
    /// How much older than its interval something may be that an `interval` topic loses.
    static let intervalSlackNanoseconds: Int64 = 500_000_000
    /// Nothing that asks the system about a descriptor.
    static let socketOptions: SocketOptions = {
        var options = SocketOptions()
        options.isNoDelay = false
        return options
    }()
    /// Events of one simulation at most: a loop that never sleeps is found by it.
    static let eventCountMax = 3_000_000
}

/// A topic that the clients of a simulation use.
struct TopicPlan {
    let name: String
    let partitionCount: UInt32
    let durability: TopicDurability
    let intervalMilliseconds: UInt32
    let retentionByteCount: UInt64
    let maximumByteCount: UInt64
    let segmentByteCount: Int
}

/// Which faults there are, and how often.
struct FaultPlan {
    /// Time between two faults on average, in nanoseconds; nil for none at all.
    var intervalNanoseconds: Int64?
    var cutsConnections = false
    var stallsConnections = false
    var silencesConnections = false
    var partitionsNetwork = false
    var pausesProcesses = false
    var jumpsClocks = false
    var crashesBroker = false
    var losesPower = false
    var fillsDisk = false
    var breaksDisk = false
    var slowsDisk = false
    var setsClocks = false
    var withholdsReads = false
}

/// Everything about a simulation that is decided before it begins.
struct SimulationPlan {
    var shardCount = 1
    /// Without one, everything is volatile.
    var hasDisk = true
    /// How long a job for the disk takes, in nanoseconds.
    var diskNanoseconds: ClosedRange<Int64> = 100_000...1_000_000
    var memoryByteCountMax = 16 << 20
    var outputHighWatermark = 64 * 1_024
    var topics: [TopicPlan] = []
    var producerCount = 1
    /// Those that number their batches.
    var numberedProducerCount = 0
    var fetcherCount = 1
    var subscriberCount = 1
    var observerCount = 1
    /// Members of one group.
    var memberCount = 0
    var vandalCount = 0
    var conditions = NetworkConditions()
    var faults = FaultPlan()
    /// How long producers produce and faults happen, in nanoseconds.
    var durationNanoseconds: Int64 = 2_000_000_000
    /// Batches that a producer sends in that time, on average.
    var batchesPerProducer = 40

    /// The plan of a seed.
    init(seed: UInt64) {
        var random = SplitMix64(seed: seed, part: 3)
        shardCount = random.draw(1...3)
        hasDisk = random.percent(80)
        diskNanoseconds = random.pick([1_000...100_000, 100_000...2_000_000, 500_000...60_000_000])
        memoryByteCountMax = random.pick([2, 4, 16]) << 20
        outputHighWatermark = random.pick([2_048, 16_384, 65_536])
        for index in 0..<random.draw(1...3) {
            let maximum = random.pick([32 << 10, 128 << 10, 1 << 20])
            topics.append(
                TopicPlan(
                    name: "topic-\(index)", partitionCount: UInt32(random.draw(1...3)),
                    durability: hasDisk ? random.pick(Self.durabilities) : .volatile,
                    intervalMilliseconds: UInt32(random.pick([1, 20, 300])),
                    retentionByteCount: UInt64(random.pick([1, maximum / 2, maximum])),
                    maximumByteCount: UInt64(maximum),
                    segmentByteCount: random.pick([4_096, 16_384, 1 << 20])))
        }
        producerCount = random.draw(1...3)
        fetcherCount = random.draw(0...2)
        subscriberCount = random.draw(0...2)
        observerCount = random.draw(0...1)
        vandalCount = random.percent(30) ? 1 : 0
        durationNanoseconds = random.drawTime(500_000_000...6_000_000_000)
        batchesPerProducer = random.draw(10...80)
        drawConditions(&random)
        drawFaults(&random)
        numberedProducerCount = random.draw(0...2)
        memberCount = random.percent(60) ? random.draw(1...3) : 0
    }

    /// What most is promised of is looked at most.
    private static let durabilities: [TopicDurability] = [.volatile, .os, .interval, .sync, .sync]

    private mutating func drawConditions(_ random: inout SplitMix64) {
        conditions.isDeferring = random.percent(50)
        conditions.delayNanoseconds = random.pick([0...0, 5_000...200_000, 100_000...5_000_000])
        conditions.partialReceivePercent = random.pick([0, 10, 50])
        conditions.partialSendPercent = random.pick([0, 10, 50])
        conditions.bufferByteCount = random.pick([4_096...16_384, 16_384...262_144])
    }

    private mutating func drawFaults(_ random: inout SplitMix64) {
        guard random.percent(85) else { return }
        if hasDisk, random.percent(20) {
            // Nothing but power losses: what they take shows best where nothing else goes wrong.
            faults.losesPower = true
            faults.intervalNanoseconds = durationNanoseconds / 12
            return
        }
        faults.intervalNanoseconds = random.pick([
            durationNanoseconds / 3, durationNanoseconds / 10, durationNanoseconds / 40,
        ])
        faults.cutsConnections = random.percent(60)
        faults.stallsConnections = random.percent(50)
        faults.silencesConnections = random.percent(25)
        faults.partitionsNetwork = random.percent(25)
        faults.pausesProcesses = random.percent(40)
        faults.jumpsClocks = random.percent(20)
        faults.crashesBroker = random.percent(40)
        faults.withholdsReads = random.percent(50)
        guard hasDisk else { return }
        faults.losesPower = random.percent(50)
        faults.fillsDisk = random.percent(20)
        faults.breaksDisk = random.percent(20)
        faults.slowsDisk = random.percent(30)
        faults.setsClocks = random.percent(20)
    }
}

extension SimulationPlan: CustomStringConvertible {
    var description: String {
        let names = topics.map {
            "\($0.name): \($0.partitionCount) x \($0.durability), at most \($0.maximumByteCount) B"
        }
        return """
            shards \(shardCount), \(hasDisk ? "a" : "no") disk, memory \(memoryByteCountMax) B, \
            duration \(durationNanoseconds / 1_000_000) ms
            topics \(names.joined(separator: "; "))
            producers \(producerCount) and \(numberedProducerCount) that number their batches, of \
            \(batchesPerProducer); fetchers \(fetcherCount), subscribers \(subscriberCount), \
            observers \(observerCount), members \(memberCount), vandals \(vandalCount)
            \(conditions)
            \(faults)
            """
    }
}
