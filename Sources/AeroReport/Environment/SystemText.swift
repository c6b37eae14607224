// Pure parsers of what the kernel and the distribution say about the system.

/// Lines of `key: value` or `key=value`.
enum KeyedLines {
    /// All pairs in order, without blanks at either end; lines without the separator are left out.
    static func pairs(_ text: String, separator: Character) -> [(key: String, value: String)] {
        text.split(separator: "\n").compactMap { line in
            guard let index = line.firstIndex(of: separator) else { return nil }
            return (line[..<index].trimmed, line[line.index(after: index)...].trimmed)
        }
    }

    /// The value of the first line with that key.
    static func value(_ key: String, in text: String, separator: Character) -> String? {
        pairs(text, separator: separator).first { $0.key == key }?.value
    }
}

/// Readers of `/proc/meminfo`, `/etc/os-release` and files with a choice.
enum SystemText {
    /// A size of `/proc/meminfo`, in bytes. Source: proc_meminfo(5); the kernel's `kB` is 1,024.
    static func memoryBytes(_ key: String, meminfo text: String) -> Int64? {
        guard let value = KeyedLines.value(key, in: text, separator: ":") else { return nil }
        return value.split(separator: " ").first.flatMap { Int64($0) }.map { $0 * 1_024 }
    }

    /// The distribution's name with its version. Source: os-release(5).
    static func distribution(osRelease text: String) -> String? {
        guard let value = KeyedLines.value("PRETTY_NAME", in: text, separator: "=") else {
            return nil
        }
        let quotes: Set<Character> = ["\"", "'"]
        guard let first = value.first, quotes.contains(first), value.last == first,
            value.count >= 2
        else { return value }
        return String(value.dropFirst().dropLast())
    }

    /// The chosen word of a file such as `always [madvise] never`.
    static func choice(_ text: String) -> String? {
        guard let open = text.firstIndex(of: "["), let close = text.firstIndex(of: "]"),
            open < close
        else { return nil }
        return String(text[text.index(after: open)..<close])
    }

    /// The first number of a file such as `/proc/loadavg`.
    static func firstNumber(_ text: String) -> Double? {
        text.split(whereSeparator: { $0 == " " || $0 == "\n" }).first.flatMap { Double($0) }
    }
}

/// Readers of control-group files, versions 1 and 2.
enum ControlGroupText {
    /// The group's path in the hierarchy of a controller. Source: cgroups(7), `/proc/self/cgroup`.
    ///
    /// - Parameter controller: `cpu` or `memory`; nil for the one hierarchy of version 2.
    static func path(of controller: String?, cgroup text: String) -> String? {
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { continue }
            let controllers = fields[1].split(separator: ",")
            if let controller {
                if controllers.contains(where: { $0 == controller }) { return String(fields[2]) }
            } else if fields[0] == "0", controllers.isEmpty {
                return String(fields[2])
            }
        }
        return nil
    }

    /// Cores granted by `cpu.max` (`150000 100000`); nil when there is no limit.
    static func cores(cpuMax text: String) -> Double? {
        let fields = text.split(whereSeparator: { $0 == " " || $0 == "\n" }).map { Double($0) }
        guard fields.count == 2, let quota = fields[0], let period = fields[1], period > 0 else {
            return nil
        }
        return quota / period
    }

    /// Cores granted by `cpu.cfs_quota_us` and `cpu.cfs_period_us`; nil when there is no limit.
    static func cores(quota: String, period: String) -> Double? {
        guard let quota = Double(quota.firstLine), let period = Double(period.firstLine),
            quota > 0, period > 0
        else { return nil }
        return quota / period
    }

    /// A memory limit below the machine's memory; nil for `max` and for version 1's huge number.
    static func memoryBytes(limit text: String, totalBytes: Int64) -> Int64? {
        guard let limit = Int64(text.firstLine), limit < totalBytes else { return nil }
        return limit
    }

    /// The kind of container that a control group's name gives away.
    static func container(cgroup text: String) -> String? {
        let kinds = [("kubepods", "kubernetes"), ("docker", "docker"), ("lxc", "lxc")]
        return kinds.first { text.contains($0.0) }?.1
    }
}

extension StringProtocol {
    /// The text up to the first line break, without blanks at either end.
    var firstLine: String { prefix { $0 != "\n" }.trimmed }
}
