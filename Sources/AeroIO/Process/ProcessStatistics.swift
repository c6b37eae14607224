// What a process or thread has used of the machine.

import CLinux

/// Resources of one process, from /proc/<pid>.
package struct ProcessStatistics: Equatable, Sendable {
    /// CPU time in user mode, with the kernel's resolution for it (10 ms).
    package var userNanoseconds: Int64 = 0
    /// CPU time in the kernel, with the same resolution.
    package var systemNanoseconds: Int64 = 0
    /// All CPU time, to the nanosecond.
    package var cpuNanoseconds: Int64 = 0
    /// Resident memory in bytes.
    package var residentByteCount: Int64 = 0
    /// The most it ever was.
    package var residentByteCountMax: Int64 = 0
    /// Times a thread gave up the CPU to wait, over all threads alive.
    package var voluntaryContextSwitchCount: Int64 = 0
    /// Times the kernel took the CPU from a thread, over all threads alive.
    package var involuntaryContextSwitchCount: Int64 = 0
    /// Threads alive.
    package var threadCount: Int = 0
    /// Page faults that needed no disk, of all threads that ever were.
    package var minorFaultCount: Int64 = 0
    /// Page faults that needed one.
    package var majorFaultCount: Int64 = 0

    /// Resources of one thread.
    package struct Thread: Equatable, Sendable {
        /// The kernel's identifier of the thread.
        package var identifier: Int32
        /// Its name, at most 15 bytes.
        package var name: String
        /// All its CPU time, to the nanosecond where the kernel keeps schedstat, else to 10 ms.
        package var cpuNanoseconds: Int64
        /// Times it gave up the CPU to wait.
        package var voluntaryContextSwitchCount: Int64
        /// Times the kernel took the CPU from it.
        package var involuntaryContextSwitchCount: Int64
    }

    /// Reads the resources of a process.
    /// - Throws: `.noSuchFile` or `.noSuchProcess` when it isn't there (any more), and
    ///   `.protocolError` for a file that doesn't read as it should.
    package static func read(processIdentifier: Int32) throws(Errno) -> ProcessStatistics {
        let folder = "/proc/\(processIdentifier)"
        let stat = try ProcessFile.Stat(parsing: try text("\(folder)/stat"))
        let status = ProcessFile.Status(parsing: try text("\(folder)/status"))
        var statistics = ProcessStatistics()
        statistics.userNanoseconds = stat.userNanoseconds
        statistics.systemNanoseconds = stat.systemNanoseconds
        statistics.threadCount = stat.threadCount
        statistics.minorFaultCount = stat.minorFaultCount
        statistics.majorFaultCount = stat.majorFaultCount
        statistics.residentByteCount = status.residentByteCount
        statistics.residentByteCountMax = status.residentByteCountMax
        let cpu = aero_process_cpu_nanoseconds(processIdentifier)
        statistics.cpuNanoseconds = cpu >= 0 ? cpu : stat.userNanoseconds + stat.systemNanoseconds
        for thread in try threads(processIdentifier: processIdentifier) {
            statistics.voluntaryContextSwitchCount += thread.voluntaryContextSwitchCount
            statistics.involuntaryContextSwitchCount += thread.involuntaryContextSwitchCount
        }
        return statistics
    }

    /// Reads the resources of each thread of a process that is alive.
    /// - Throws: As `read(processIdentifier:)`.
    package static func threads(processIdentifier: Int32) throws(Errno) -> [Thread] {
        let folder = "/proc/\(processIdentifier)/task"
        var threads: [Thread] = []
        for identifier in try SmallFile.names(in: folder).compactMap(Int32.init).sorted() {
            // A thread may end between the listing and the reading.
            guard let stat = SmallFile.readText("\(folder)/\(identifier)/stat"),
                let status = SmallFile.readText("\(folder)/\(identifier)/status")
            else { continue }
            let parsed = try ProcessFile.Stat(parsing: stat)
            let switches = ProcessFile.Status(parsing: status)
            let exact = SmallFile.readText("\(folder)/\(identifier)/schedstat")
                .flatMap(ProcessFile.cpuNanoseconds(ofSchedstat:))
            threads.append(
                Thread(
                    identifier: identifier, name: parsed.name,
                    cpuNanoseconds: exact ?? parsed.userNanoseconds + parsed.systemNanoseconds,
                    voluntaryContextSwitchCount: switches.voluntaryContextSwitchCount,
                    involuntaryContextSwitchCount: switches.involuntaryContextSwitchCount))
        }
        return threads
    }

    private static func text(_ path: String) throws(Errno) -> String {
        String(decoding: try SmallFile.read(path), as: UTF8.self)
    }
}

extension ProcessStatistics {
    /// What the scheduler did with one thread.
    package struct Scheduling: Equatable, Sendable {
        /// Time on a core.
        package let runNanoseconds: Int64
        /// Time in which it was ready and others had the cores.
        package let waitNanoseconds: Int64

        /// - Parameters: as the properties.
        package init(runNanoseconds: Int64, waitNanoseconds: Int64) {
            self.runNanoseconds = runNanoseconds
            self.waitNanoseconds = waitNanoseconds
        }
    }

    /// The scheduling of a thread of this process, from /proc/self/task/<thread>/schedstat.
    ///
    /// - Returns: Nil when the thread has ended, or the kernel keeps no such account.
    package static func scheduling(threadIdentifier: Int32) -> Scheduling? {
        guard
            let text = SmallFile.readText(
                "/proc/\(threadIdentifier)/task/\(threadIdentifier)/schedstat"),
            let run = ProcessFile.cpuNanoseconds(ofSchedstat: text),
            let wait = ProcessFile.waitNanoseconds(ofSchedstat: text)
        else { return nil }
        return Scheduling(runNanoseconds: run, waitNanoseconds: wait)
    }
}
