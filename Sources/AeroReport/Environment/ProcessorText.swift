// Pure parsers of what the kernel says about processors.

/// Readers of `/proc/cpuinfo`, CPU lists and `/proc/stat`.
enum ProcessorText {
    /// What `/proc/cpuinfo` says about the first processor.
    struct Description: Equatable {
        /// The model, or `unknown`.
        var model = "unknown"
        /// How many processors are listed.
        var processorCount = 0
        /// Hardware threads per physical core.
        var threadsPerCore: Int?
        /// Whether the processor reports a hypervisor (x86 only).
        var hasHypervisorFlag = false
    }

    /// Reads `/proc/cpuinfo` as x86 and ARM kernels write it.
    ///
    /// ARM names no model; implementer and part number stand for it then.
    static func description(cpuinfo text: String) -> Description {
        var first: [String: String] = [:]
        var description = Description()
        for (key, value) in KeyedLines.pairs(text, separator: ":") {
            if key == "processor" { description.processorCount += 1 }
            if first[key] == nil { first[key] = value }
        }
        if let model = first["model name"] ?? first["Model"] ?? first["cpu model"] {
            description.model = model.split(separator: " ").joined(separator: " ")
        } else if let implementer = first["CPU implementer"], let part = first["CPU part"] {
            description.model = "implementer \(implementer) part \(part)"
        }
        if let siblings = first["siblings"].flatMap({ Int($0) }),
            let cores = first["cpu cores"].flatMap({ Int($0) }), cores > 0
        {
            description.threadsPerCore = siblings / cores
        }
        let flags = first["flags"]?.split(separator: " ") ?? []
        description.hasHypervisorFlag = flags.contains("hypervisor")
        return description
    }

    /// Reads a CPU list such as `0-3,8,10-11`.
    ///
    /// - Returns: Core numbers in ascending order; ranges that are no ranges are left out.
    static func cores(list text: String) -> [Int] {
        var cores: Set<Int> = []
        for part in text.trimmed.split(whereSeparator: { $0 == "," || $0 == "\n" }) {
            let ends = part.split(separator: "-").map { Int($0.trimmed) }
            // BOUND: no kernel has more than 65,536 cores; a longer range is not a core list.
            guard let low = ends.first ?? nil, let high = ends.last ?? nil, low <= high,
                ends.count <= 2, high < 65_536
            else { continue }
            cores.formUnion(low...high)
        }
        return cores.sorted()
    }
}

/// Processor time of the whole machine since it started, in clock ticks.
package struct ProcessorTimes: Equatable, Sendable {
    /// All ticks, idle ones included.
    package var totalTicks: Int64
    /// Ticks in which the hypervisor ran somebody else.
    package var stealTicks: Int64

    /// Reads the first line of `/proc/stat`; `nil` when there is none.
    ///
    /// Source: proc_stat(5); `guest` and `guest_nice` are part of `user` and `nice` already.
    package init?(stat text: String) {
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("cpu ") }) else {
            return nil
        }
        let ticks = line.split(separator: " ").dropFirst().prefix(8).map { Int64($0) ?? 0 }
        guard ticks.count >= 4 else { return nil }
        totalTicks = ticks.reduce(0, +)
        stealTicks = ticks.count > 7 ? ticks[7] : 0
    }

    /// The share of processor time stolen between two readings, 0 to 1.
    ///
    /// - Returns: `nil` when no tick passed.
    package func stealShare(since earlier: ProcessorTimes) -> Double? {
        let passed = totalTicks - earlier.totalTicks
        guard passed > 0 else { return nil }
        return Double(max(0, stealTicks - earlier.stealTicks)) / Double(passed)
    }
}
