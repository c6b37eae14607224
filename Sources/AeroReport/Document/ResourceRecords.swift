// What generator and broker used during the measured window.

/// A process's resources over the measured window. Source: `/proc/<pid>`.
package struct ResourceUsage: Codable, Equatable, Sendable {
    /// Processor time in user mode.
    package var userNanoseconds: Int64
    /// Processor time in the kernel.
    package var systemNanoseconds: Int64
    /// Resident memory at the end.
    package var residentBytes: Int64
    /// Highest resident memory of the process's life.
    package var residentBytesPeak: Int64
    /// Times it gave the processor up.
    package var voluntaryContextSwitches: Int64
    /// Times the processor was taken from it.
    package var involuntaryContextSwitches: Int64
    /// Threads at the end.
    package var threadCount: Int
    /// System calls, where they can be counted.
    package var systemCalls: Int64?
    /// Page faults that needed no disk; absent in results from before they were counted.
    package var minorPageFaults: Int64?
    /// Page faults that needed one.
    package var majorPageFaults: Int64?
    /// Bytes that went, or are to go, to disks; absent where they were not looked for.
    package var writtenBytes: Int64?

    /// Makes the record from its parts; each parameter is the property of the same name.
    package init(
        userNanoseconds: Int64 = 0, systemNanoseconds: Int64 = 0, residentBytes: Int64 = 0,
        residentBytesPeak: Int64 = 0, voluntaryContextSwitches: Int64 = 0,
        involuntaryContextSwitches: Int64 = 0, threadCount: Int = 0, systemCalls: Int64? = nil,
        minorPageFaults: Int64? = nil, majorPageFaults: Int64? = nil, writtenBytes: Int64? = nil
    ) {
        self.userNanoseconds = userNanoseconds
        self.systemNanoseconds = systemNanoseconds
        self.residentBytes = residentBytes
        self.residentBytesPeak = residentBytesPeak
        self.voluntaryContextSwitches = voluntaryContextSwitches
        self.involuntaryContextSwitches = involuntaryContextSwitches
        self.threadCount = threadCount
        self.systemCalls = systemCalls
        self.minorPageFaults = minorPageFaults
        self.majorPageFaults = majorPageFaults
        self.writtenBytes = writtenBytes
    }
}

/// The load generator's own account.
package struct GeneratorRecord: Codable, Equatable, Sendable {
    /// Its process; all of them together where it has several.
    package var resources: ResourceUsage
    /// Heap allocations per message in steady state.
    package var allocationsPerMessage: Double?
    /// Its worker threads.
    package var workers: [WorkerRecord]
    /// The processes that these are in, in their order; absent where it is one process.
    package var processes: [GeneratorProcessRecord]?
    /// Actual minus intended send time, all classes together.
    package var lag: LatencySummary?
    /// How much later than asked for a thread woke up that slept a millisecond at a time.
    package var hiccups: LatencySummary?
    /// Messages waiting for their acknowledgement, the mean over the measured window.
    package var inFlightMean: Double?

    /// Makes the record from its parts; each parameter is the property of the same name.
    package init(
        resources: ResourceUsage, allocationsPerMessage: Double? = nil, workers: [WorkerRecord],
        processes: [GeneratorProcessRecord]? = nil, lag: LatencySummary? = nil,
        hiccups: LatencySummary? = nil, inFlightMean: Double? = nil
    ) {
        self.processes = processes
        self.hiccups = hiccups
        self.inFlightMean = inFlightMean
        self.resources = resources
        self.allocationsPerMessage = allocationsPerMessage
        self.workers = workers
        self.lag = lag
    }
}

/// One of several processes of the load generator.
package struct GeneratorProcessRecord: Codable, Equatable, Sendable {
    /// Its process.
    package var pid: Int
    /// The workers it ran.
    package var workers: [Int]
    /// What it used; absent when it has died.
    package var resources: ResourceUsage?

    /// Makes the record from its parts; each parameter is the property of the same name.
    package init(pid: Int, workers: [Int], resources: ResourceUsage? = nil) {
        self.pid = pid
        self.workers = workers
        self.resources = resources
    }
}

/// One worker thread of the load generator.
package struct WorkerRecord: Codable, Equatable, Sendable {
    /// The worker's number.
    package var index: Int
    /// The core it was pinned to.
    package var core: Int?
    /// Processor time in user mode.
    package var userNanoseconds: Int64
    /// Processor time in the kernel.
    package var systemNanoseconds: Int64
    /// Messages it sent in the measured window.
    package var sent: Int64
    /// Messages it received in the measured window.
    package var received: Int64
    /// Share of the measured window that it ran on a core.
    package var runShare: Double?
    /// Share of the measured window in which it was ready and had no core.
    package var runQueueShare: Double?
    /// Share of the measured window that it was at work on a core: polling in vain left out.
    package var workShare: Double?

    /// Makes the record from its parts; each parameter is the property of the same name.
    package init(
        index: Int, core: Int? = nil, userNanoseconds: Int64, systemNanoseconds: Int64,
        sent: Int64, received: Int64, runShare: Double? = nil, runQueueShare: Double? = nil,
        workShare: Double? = nil
    ) {
        self.workShare = workShare
        self.runShare = runShare
        self.runQueueShare = runQueueShare
        self.index = index
        self.core = core
        self.userNanoseconds = userNanoseconds
        self.systemNanoseconds = systemNanoseconds
        self.sent = sent
        self.received = received
    }
}

/// The broker's account.
package struct BrokerRecord: Codable, Equatable, Sendable {
    /// Its process.
    package var pid: Int?
    /// Its resources; absent when it runs on another machine.
    package var resources: ResourceUsage?
    /// Heap allocations per message in steady state.
    package var allocationsPerMessage: Double?
    /// Bytes that these asked for, per message.
    package var allocatedBytesPerMessage: Double?
    /// What the allocator says of itself; absent unless the broker runs on jemalloc.
    package var jemalloc: JemallocRecord?
    /// Share of buffers served from the pool, 0 to 1.
    package var poolHitRate: Double?
    /// What it did under the load, where it says so.
    package var activity: BrokerActivity?
    /// The broker's own counters at the end, by name.
    package var statistics: [String: Int64]

    /// Makes the record from its parts; each parameter is the property of the same name.
    package init(
        pid: Int? = nil, resources: ResourceUsage? = nil, allocationsPerMessage: Double? = nil,
        allocatedBytesPerMessage: Double? = nil, jemalloc: JemallocRecord? = nil,
        poolHitRate: Double? = nil, activity: BrokerActivity? = nil,
        statistics: [String: Int64]
    ) {
        self.pid = pid
        self.resources = resources
        self.allocationsPerMessage = allocationsPerMessage
        self.allocatedBytesPerMessage = allocatedBytesPerMessage
        self.jemalloc = jemalloc
        self.poolHitRate = poolHitRate
        self.activity = activity
        self.statistics = statistics
    }
}

/// jemalloc's own account of a broker. Counts are of the time between the two readings around the
/// load; sizes are of the second one.
package struct JemallocRecord: Codable, Equatable, Sendable {
    /// Calls that gave out memory, per message.
    package var requestsPerMessage: Double?
    /// Bytes of the size classes that served them, per message.
    package var requestedBytesPerMessage: Double?
    /// Bytes given out and not taken back.
    package var allocatedBytes: Int64
    /// Bytes of pages that any of these lies on.
    package var activeBytes: Int64
    /// Bytes resident, of these pages and of its own.
    package var residentBytes: Int64

    /// Makes the record from its parts; each parameter is the property of the same name.
    package init(
        requestsPerMessage: Double? = nil, requestedBytesPerMessage: Double? = nil,
        allocatedBytes: Int64, activeBytes: Int64, residentBytes: Int64
    ) {
        self.requestsPerMessage = requestsPerMessage
        self.requestedBytesPerMessage = requestedBytesPerMessage
        self.allocatedBytes = allocatedBytes
        self.activeBytes = activeBytes
        self.residentBytes = residentBytes
    }
}
