// What generator and broker use of the machine while the window is measured.

import AeroIO
import AeroLoad
import AeroReport
import Glibc

/// Readings of both processes at the two edges of the measured window.
///
/// Taken by the collecting thread when it looks at the clock, up to 40 ms late at both ends.
final class ResourceSampler {
    private let brokerIdentifier: Int32?
    private let environment = EnvironmentCapture()
    /// Where the window is found.
    let board: WindowBoard
    private var start: Reading?
    private var end: Reading?

    /// Everything at one moment.
    private struct Reading {
        let generator: ResourceUsage
        /// Processes that make load for the generator; empty where it does so itself.
        let others: [ProcessStatistics?]
        let broker: TreeReading?
        let machine: ProcessorTimes?
    }

    /// A server with the processes that it started, at one moment.
    private struct TreeReading {
        let statistics: ProcessStatistics
        let writtenByteCount: Int64?
    }

    /// - Parameters:
    ///   - brokerIdentifier: The broker's process; nil when it is not on this machine.
    ///   - board: Where the window is found.
    init(brokerIdentifier: Int32?, board: WindowBoard) {
        self.brokerIdentifier = brokerIdentifier
        self.board = board
    }

    /// Takes the readings that are due; to be called many times a second while the load runs.
    func tick() {
        guard let window = board.window else { return }
        let now = MonotonicClock.nowNanoseconds()
        if start == nil, now >= window.measureStartNanoseconds { start = read() }
        if start != nil, end == nil, now >= window.measureEndNanoseconds { end = read() }
    }

    /// The run is over; it may have ended before its window did.
    func finish() {
        if start != nil, end == nil { end = read() }
    }

    /// What the generator used, all its processes together.
    var generator: ResourceUsage {
        var sum = own
        guard let start, let end else { return sum }
        // One that has died says nothing any more, which the run reports as what it is.
        for case (let start?, let end?) in zip(start.others, end.others) {
            sum.add(Self.usage(from: start, to: end))
        }
        return sum
    }

    /// What each process used that makes load for the generator; nil for one that has died.
    var others: [ResourceUsage?] {
        guard let start, let end else { return [] }
        return zip(start.others, end.others).map { start, end in
            guard let start, let end else { return nil }
            return Self.usage(from: start, to: end)
        }
    }

    /// What the own process used.
    private var own: ResourceUsage {
        guard let start, let end else { return Self.generatorUsage() }
        var usage = end.generator
        usage.userNanoseconds -= start.generator.userNanoseconds
        usage.systemNanoseconds -= start.generator.systemNanoseconds
        usage.voluntaryContextSwitches -= start.generator.voluntaryContextSwitches
        usage.involuntaryContextSwitches -= start.generator.involuntaryContextSwitches
        usage.minorPageFaults = Self.increase(
            start.generator.minorPageFaults, usage.minorPageFaults)
        usage.majorPageFaults = Self.increase(
            start.generator.majorPageFaults, usage.majorPageFaults)
        return usage
    }

    /// What the broker used, with the processes that it started; nil when it could not be observed.
    var broker: ResourceUsage? {
        guard let start = start?.broker, let end = end?.broker else { return nil }
        var usage = Self.usage(from: start.statistics, to: end.statistics)
        usage.writtenBytes = Self.increase(start.writtenByteCount, end.writtenByteCount)
            .map { max(0, $0) }
        return usage
    }

    private static func usage(
        from start: ProcessStatistics, to end: ProcessStatistics
    ) -> ResourceUsage {
        let (user, system) = split(
            end.cpuNanoseconds - start.cpuNanoseconds,
            user: max(0, end.userNanoseconds - start.userNanoseconds),
            system: max(0, end.systemNanoseconds - start.systemNanoseconds))
        // Threads and processes that ended in between took their counts along.
        return ResourceUsage(
            userNanoseconds: user, systemNanoseconds: system,
            residentBytes: end.residentByteCount, residentBytesPeak: end.residentByteCountMax,
            voluntaryContextSwitches: max(
                0, end.voluntaryContextSwitchCount - start.voluntaryContextSwitchCount),
            involuntaryContextSwitches: max(
                0, end.involuntaryContextSwitchCount - start.involuntaryContextSwitchCount),
            threadCount: end.threadCount,
            minorPageFaults: max(0, end.minorFaultCount - start.minorFaultCount),
            majorPageFaults: max(0, end.majorFaultCount - start.majorFaultCount))
    }

    private static func increase(_ start: Int64?, _ end: Int64?) -> Int64? {
        guard let start, let end else { return nil }
        return end - start
    }

    /// Share of the machine's processor time that the hypervisor took away.
    var stealShare: Double? {
        guard let start = start?.machine, let end = end?.machine else { return nil }
        return end.stealShare(since: start)
    }

    private func read() -> Reading {
        Reading(
            generator: Self.generatorUsage(), others: board.processes.map(Self.statistics),
            broker: brokerIdentifier.flatMap(Self.tree),
            machine: environment.processorTimes())
    }

    /// Nil when the process is gone, as below.
    private static func tree(_ root: Int32) -> TreeReading? {
        do throws(Errno) {
            let usage = try ProcessTree.usage(of: root)
            return TreeReading(
                statistics: usage.statistics, writtenByteCount: usage.writtenByteCount)
        } catch {
            return nil
        }
    }

    /// Nil when the process is gone, which the run reports as what it is.
    private static func statistics(_ process: Int32) -> ProcessStatistics? {
        do throws(Errno) {
            return try ProcessStatistics.read(processIdentifier: process)
        } catch {
            return nil
        }
    }

    /// The exact total, divided in the proportion of the two figures that are rounded to 10 ms.
    static func split(_ total: Int64, user: Int64, system: Int64) -> (user: Int64, system: Int64) {
        guard user + system > 0 else { return (total, 0) }
        let share = Double(user) / Double(user + system)
        let userPart = Int64((Double(total) * share).rounded())
        return (userPart, total - userPart)
    }

    /// This process so far. Source: getrusage(2), which counts threads that have ended too.
    private static func generatorUsage() -> ResourceUsage {
        var usage = rusage()
        let outcome = getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        precondition(outcome == 0, "getrusage of the own process fails for no valid argument")
        var threads = 0
        var resident: Int64 = 0
        do throws(Errno) {
            let own = try ProcessStatistics.read(processIdentifier: getpid())
            threads = own.threadCount
            resident = own.residentByteCount
        } catch {
            resident = Int64(usage.ru_maxrss) * 1024  // Without /proc the peak is what is known.
        }
        return ResourceUsage(
            userNanoseconds: usage.ru_utime.nanoseconds,
            systemNanoseconds: usage.ru_stime.nanoseconds, residentBytes: resident,
            residentBytesPeak: Int64(usage.ru_maxrss) * 1024,
            voluntaryContextSwitches: Int64(usage.ru_nvcsw),
            involuntaryContextSwitches: Int64(usage.ru_nivcsw), threadCount: threads,
            minorPageFaults: Int64(usage.ru_minflt), majorPageFaults: Int64(usage.ru_majflt))
    }
}

extension ResourceUsage {
    /// Adds what another process used meanwhile.
    fileprivate mutating func add(_ other: ResourceUsage) {
        userNanoseconds += other.userNanoseconds
        systemNanoseconds += other.systemNanoseconds
        residentBytes += other.residentBytes
        residentBytesPeak += other.residentBytesPeak
        voluntaryContextSwitches += other.voluntaryContextSwitches
        involuntaryContextSwitches += other.involuntaryContextSwitches
        threadCount += other.threadCount
        minorPageFaults = (minorPageFaults ?? 0) + (other.minorPageFaults ?? 0)
        majorPageFaults = (majorPageFaults ?? 0) + (other.majorPageFaults ?? 0)
    }
}

extension timeval {
    fileprivate var nanoseconds: Int64 { Int64(tv_sec) * 1_000_000_000 + Int64(tv_usec) * 1_000 }
}
