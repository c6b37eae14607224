// What a process and everything that it started have used of the machine.

/// A process with its descendants, such as a server behind a shell.
///
/// A descendant whose parent has ended belongs to nobody here: servers that start daemons have to
/// be told not to.
package enum ProcessTree {
    /// Resources of a tree, added up.
    package struct Usage: Equatable, Sendable {
        /// Processes alive.
        package fileprivate(set) var processCount = 0
        /// Those of all of them. Memory that several share counts for each; `cpuNanoseconds` has
        /// the time of processes that have ended and were waited for, too, which is known to
        /// 10 ms.
        package fileprivate(set) var statistics = ProcessStatistics()
        /// Bytes that went, or are to go, to disks; nil where the kernel keeps that to itself.
        package fileprivate(set) var writtenByteCount: Int64? = 0
    }

    /// The processes of a tree that are alive.
    ///
    /// - Parameter root: The process that everybody else descends from.
    /// - Returns: The root first; nothing else when it has ended.
    /// - Throws: `Errno` of reading /proc.
    package static func members(of root: Int32) throws(Errno) -> [Int32] {
        var children: [Int32: [Int32]] = [:]
        for identifier in try SmallFile.names(in: "/proc").compactMap(Int32.init) {
            // A process may end between the listing and the reading.
            guard let text = SmallFile.readText("/proc/\(identifier)/stat") else { continue }
            let stat = try ProcessFile.Stat(parsing: text)
            children[stat.parentIdentifier, default: []].append(identifier)
        }
        var members = [root]
        var position = 0
        while position < members.count {
            members += children[members[position], default: []].sorted()
            position += 1
        }
        return members
    }

    /// Reads what a tree has used.
    ///
    /// - Parameter root: The process that everybody else descends from.
    /// - Throws: `.noSuchFile` or `.noSuchProcess` when it is not there (any more).
    package static func usage(of root: Int32) throws(Errno) -> Usage {
        var usage = Usage()
        for identifier in try members(of: root) {
            do throws(Errno) {
                try usage.add(identifier)
            } catch {
                // Any other may end meanwhile: then its parent has its time.
                if identifier == root { throw error }
            }
        }
        return usage
    }
}

extension ProcessTree.Usage {
    fileprivate mutating func add(_ identifier: Int32) throws(Errno) {
        let folder = "/proc/\(identifier)"
        let stat = try ProcessFile.Stat(
            parsing: String(decoding: try SmallFile.read("\(folder)/stat"), as: UTF8.self))
        let own = try ProcessStatistics.read(processIdentifier: identifier)
        processCount += 1
        statistics.add(own)
        statistics.cpuNanoseconds += stat.endedChildrenNanoseconds
        let written = SmallFile.readText("\(folder)/io")
            .flatMap(ProcessFile.writtenByteCount(ofIO:))
        if let sum = writtenByteCount, let written {
            writtenByteCount = sum + written
        } else {
            writtenByteCount = nil
        }
    }
}

extension ProcessStatistics {
    /// Adds what another process has used.
    fileprivate mutating func add(_ other: ProcessStatistics) {
        userNanoseconds += other.userNanoseconds
        systemNanoseconds += other.systemNanoseconds
        cpuNanoseconds += other.cpuNanoseconds
        residentByteCount += other.residentByteCount
        residentByteCountMax += other.residentByteCountMax
        voluntaryContextSwitchCount += other.voluntaryContextSwitchCount
        involuntaryContextSwitchCount += other.involuntaryContextSwitchCount
        threadCount += other.threadCount
        minorFaultCount += other.minorFaultCount
        majorFaultCount += other.majorFaultCount
    }
}
