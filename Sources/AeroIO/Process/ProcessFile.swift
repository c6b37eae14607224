// The formats of the files under /proc/<pid>. Source: proc(5).

/// Parsers of /proc/<pid>/stat, status, schedstat and io.
package enum ProcessFile {
    /// USER_HZ: the unit of times in stat. Fixed at 100 for programs since Linux 2.6.
    private static let nanosecondsPerTick: Int64 = 10_000_000

    /// What is used of a stat file.
    package struct Stat: Equatable, Sendable {
        /// The thread's or process's name.
        package let name: String
        /// The process that started it, or took it over.
        package let parentIdentifier: Int32
        /// CPU time of children that have ended and were waited for, and of theirs.
        package let endedChildrenNanoseconds: Int64
        /// CPU time in user mode.
        package let userNanoseconds: Int64
        /// CPU time in the kernel.
        package let systemNanoseconds: Int64
        /// Threads of the process.
        package let threadCount: Int
        /// Page faults that needed no disk, of all threads.
        package let minorFaultCount: Int64
        /// Page faults that needed one.
        package let majorFaultCount: Int64

        /// - Throws: `.protocolError` unless `text` is a stat line.
        package init(parsing text: String) throws(Errno) {
            // The name stands in parentheses and may hold anything, ") " too: the last one counts.
            guard let opening = text.firstIndex(of: "("), let closing = text.lastIndex(of: ")"),
                opening < closing
            else { throw .protocolError }
            name = String(text[text.index(after: opening)..<closing])
            // Field 3, the state, is the first after the name.
            let fields = text[text.index(after: closing)...].split(separator: " ")
            guard fields.count > 17, let user = Int64(fields[11]), let system = Int64(fields[12]),
                let threads = Int(fields[17]), let minor = Int64(fields[7]),
                let major = Int64(fields[9]), let parent = Int32(fields[1]),
                let childrenUser = Int64(fields[13]), let childrenSystem = Int64(fields[14])
            else { throw .protocolError }
            parentIdentifier = parent
            endedChildrenNanoseconds =
                (childrenUser + childrenSystem) * ProcessFile.nanosecondsPerTick
            minorFaultCount = minor
            majorFaultCount = major
            userNanoseconds = user * ProcessFile.nanosecondsPerTick
            systemNanoseconds = system * ProcessFile.nanosecondsPerTick
            threadCount = threads
        }
    }

    /// What is used of a status file; what isn't in it is zero.
    package struct Status: Equatable, Sendable {
        /// VmRSS in bytes.
        package private(set) var residentByteCount: Int64 = 0
        /// VmHWM in bytes.
        package private(set) var residentByteCountMax: Int64 = 0
        /// Of the one thread the file is about.
        package private(set) var voluntaryContextSwitchCount: Int64 = 0
        /// Of the one thread the file is about.
        package private(set) var involuntaryContextSwitchCount: Int64 = 0

        /// Reads `Key:  value [kB]` lines.
        package init(parsing text: String) {
            for line in text.split(separator: "\n") {
                let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
                guard words.count >= 2, let value = Int64(words[1]) else { continue }
                switch words[0] {
                case "VmRSS:": residentByteCount = value * 1024
                case "VmHWM:": residentByteCountMax = value * 1024
                case "voluntary_ctxt_switches:": voluntaryContextSwitchCount = value
                case "nonvoluntary_ctxt_switches:": involuntaryContextSwitchCount = value
                default: continue
                }
            }
        }
    }

    /// The bytes that a process made dirty or wrote, from an io file; nil for other text.
    package static func writtenByteCount(ofIO text: String) -> Int64? {
        let key = "write_bytes: "
        return text.split(separator: "\n").first { $0.hasPrefix(key) }
            .flatMap { Int64($0.dropFirst(key.count)) }
    }

    /// The time on the CPU from a schedstat line, its first number; nil for another text.
    package static func cpuNanoseconds(ofSchedstat text: String) -> Int64? {
        text.split(separator: " ").first.flatMap { Int64($0) }
    }

    /// How long a thread was ready and waited for a core, from schedstat; nil for other text.
    package static func waitNanoseconds(ofSchedstat text: String) -> Int64? {
        let fields = text.split(separator: " ")
        return fields.count >= 2 ? Int64(fields[1]) : nil
    }
}
