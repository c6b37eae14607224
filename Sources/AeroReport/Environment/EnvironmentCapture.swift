// The environment of a run, read from /proc and /sys.

/// Captures what a stranger must know about the machine to trust or repeat a number.
///
/// Nothing identifies a person or a machine: no host name, no address, no user, no path.
/// What cannot be read is left out, never guessed.
package struct EnvironmentCapture: Sendable {
    private let files: SystemFiles

    /// - Parameter files: Where to read from.
    package init(files: SystemFiles = .live) { self.files = files }

    /// The environment as it is now.
    ///
    /// - Parameters:
    ///   - libc: The C library and its version, which only a call into it can tell.
    ///   - placement: Cores given to generator and broker.
    package func record(
        libc: String? = nil, placement: PlacementRecord? = nil
    ) -> EnvironmentRecord {
        EnvironmentRecord(
            processor: processor(), memory: memory(), system: system(libc: libc), host: host(),
            placement: placement)
    }

    /// Processor time of the machine so far; take one before and one after a run for the steal.
    package func processorTimes() -> ProcessorTimes? {
        files.read("/proc/stat").flatMap { ProcessorTimes(stat: $0) }
    }

    private func processor() -> ProcessorRecord {
        let cpus = "/sys/devices/system/cpu"
        let frequency = "\(cpus)/cpu0/cpufreq"
        let description = ProcessorText.description(cpuinfo: files.read("/proc/cpuinfo") ?? "")
        let online = files.read("\(cpus)/online").map { ProcessorText.cores(list: $0).count } ?? 0
        let status = files.read("/proc/self/status") ?? ""
        let allowed = KeyedLines.value("Cpus_allowed_list", in: status, separator: ":") ?? ""
        let kilohertz = line("\(frequency)/cpuinfo_max_freq").flatMap { Int64($0) }
        return ProcessorRecord(
            model: description.model, architecture: CompilerVersion.architecture,
            onlineCoreCount: max(online, description.processorCount),
            usableCores: ProcessorText.cores(list: allowed),
            threadsPerCore: description.threadsPerCore,
            governor: line("\(frequency)/scaling_governor"), isBoostEnabled: isBoostEnabled(),
            maximumFrequencyHertz: kilohertz.map { $0 * 1_000 }, mitigations: mitigations())
    }

    private func isBoostEnabled() -> Bool? {
        let cpus = "/sys/devices/system/cpu"
        if let isOff = line("\(cpus)/intel_pstate/no_turbo") { return isOff == "0" }
        return line("\(cpus)/cpufreq/boost").map { $0 == "1" }
    }

    /// Vulnerabilities that the kernel works around or leaves open; the others are left out.
    private func mitigations() -> [String: String] {
        let folder = "/sys/devices/system/cpu/vulnerabilities"
        var mitigations: [String: String] = [:]
        for name in files.list(folder) {
            guard let state = line("\(folder)/\(name)"), state != "Not affected" else { continue }
            mitigations[name] = state
        }
        return mitigations
    }

    private func memory() -> MemoryRecord {
        let meminfo = files.read("/proc/meminfo") ?? ""
        let total = SystemText.memoryBytes("MemTotal", meminfo: meminfo) ?? 0
        let limit = controlGroupFile("memory", newName: "memory.max", "memory.limit_in_bytes")
        let hugePages = files.read("/sys/kernel/mm/transparent_hugepage/enabled")
        return MemoryRecord(
            totalBytes: total,
            availableBytes: SystemText.memoryBytes("MemAvailable", meminfo: meminfo) ?? 0,
            limitBytes: limit.flatMap {
                ControlGroupText.memoryBytes(limit: $0, totalBytes: total)
            },
            transparentHugePages: hugePages.flatMap { SystemText.choice($0) })
    }

    private func system(libc: String?) -> SystemRecord {
        let clock = "/sys/devices/system/clocksource/clocksource0/current_clocksource"
        return SystemRecord(
            kernel: line("/proc/sys/kernel/osrelease") ?? "unknown",
            distribution: files.read("/etc/os-release").flatMap {
                SystemText.distribution(osRelease: $0)
            },
            libc: libc, swift: CompilerVersion.text, clockSource: line(clock))
    }

    private func host() -> HostRecord {
        let description = ProcessorText.description(cpuinfo: files.read("/proc/cpuinfo") ?? "")
        let vendor = line("/sys/class/dmi/id/sys_vendor")
        let product = line("/sys/class/dmi/id/product_name")
        let machine = [vendor, product].compactMap { $0 }.joined(separator: " ")
        let type = line("/sys/hypervisor/type")
        return HostRecord(
            isVirtualized: description.hasHypervisorFlag || type != nil,
            hypervisor: type ?? (machine.isEmpty ? nil : machine), container: container(),
            processorQuota: processorQuota(), stealShare: nil,
            loadAverage: files.read("/proc/loadavg").flatMap { SystemText.firstNumber($0) })
    }

    private func container() -> String? {
        if let kind = ControlGroupText.container(cgroup: files.read("/proc/self/cgroup") ?? "") {
            return kind
        }
        if files.read("/.dockerenv") != nil { return "docker" }
        return files.read("/run/.containerenv") != nil ? "podman" : nil
    }

    private func processorQuota() -> Double? {
        if let limit = controlGroupFile(nil, newName: "cpu.max", nil) {
            return ControlGroupText.cores(cpuMax: limit)
        }
        guard let quota = controlGroupFile("cpu", newName: nil, "cpu.cfs_quota_us"),
            let period = controlGroupFile("cpu", newName: nil, "cpu.cfs_period_us")
        else { return nil }
        return ControlGroupText.cores(quota: quota, period: period)
    }

    /// The nearest file of this process's control group: version 2 first, its own group before
    /// the root, because a container may see its own group as the root.
    private func controlGroupFile(
        _ controller: String?, newName: String?, _ oldName: String?
    ) -> String? {
        let groups = files.read("/proc/self/cgroup") ?? ""
        var paths: [String] = []
        if let newName {
            let own = ControlGroupText.path(of: nil, cgroup: groups) ?? "/"
            paths += ["/sys/fs/cgroup\(own)/\(newName)", "/sys/fs/cgroup/\(newName)"]
        }
        if let controller, let oldName {
            let own = ControlGroupText.path(of: controller, cgroup: groups) ?? "/"
            let root = "/sys/fs/cgroup/\(controller)"
            paths += ["\(root)\(own)/\(oldName)", "\(root)/\(oldName)"]
        }
        for path in paths {
            if let text = files.read(path) { return text }
        }
        return nil
    }

    /// The first line of a file; nil when it cannot be read or is empty.
    private func line(_ path: String) -> String? {
        files.read(path).map(\.firstLine).flatMap { $0.isEmpty ? nil : $0 }
    }
}
