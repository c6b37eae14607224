// Environment capture over made-up files, and once over the real ones.

import AeroReport
import Testing

struct EnvironmentCaptureTests {
    private static func capture(_ files: [String: String]) -> EnvironmentCapture {
        EnvironmentCapture(
            files: SystemFiles(
                read: { files[$0] },
                list: { folder in
                    let prefix = folder + "/"
                    return files.keys.filter { $0.hasPrefix(prefix) }
                        .map { String($0.dropFirst(prefix.count)) }.sorted()
                }))
    }

    @Test func aMachineWithEverything() {
        let cpus = "/sys/devices/system/cpu"
        let record = Self.capture([
            "/proc/cpuinfo": "processor: 0\nmodel name: Example 9000\nflags: hypervisor\n",
            "\(cpus)/online": "0-3\n", "/proc/self/status": "Cpus_allowed_list:\t1-2\n",
            "\(cpus)/cpu0/cpufreq/scaling_governor": "performance\n",
            "\(cpus)/cpu0/cpufreq/cpuinfo_max_freq": "3400000\n",
            "\(cpus)/intel_pstate/no_turbo": "1\n",
            "\(cpus)/vulnerabilities/mds": "Not affected\n",
            "\(cpus)/vulnerabilities/spectre_v1": "Mitigation: x\n",
            "/proc/meminfo": "MemTotal: 4 kB\nMemAvailable: 3 kB\n",
            "/sys/kernel/mm/transparent_hugepage/enabled": "[always] madvise never\n",
            "/proc/sys/kernel/osrelease": "6.1.0\n", "/etc/os-release": "PRETTY_NAME=\"D 12\"\n",
            "/sys/class/dmi/id/sys_vendor": "QEMU\n", "/sys/class/dmi/id/product_name": "PC\n",
            "/proc/loadavg": "0.25 0 0\n", "/proc/self/cgroup": "0::/kubepods/pod\n",
            "/sys/fs/cgroup/kubepods/pod/cpu.max": "50000 100000\n",
            "/sys/fs/cgroup/memory.max": "2048\n",
        ]).record(libc: "glibc 2.36")
        #expect(record.processor.model == "Example 9000")
        #expect(record.processor.onlineCoreCount == 4)
        #expect(record.processor.usableCores == [1, 2])
        #expect(record.processor.governor == "performance")
        #expect(record.processor.isBoostEnabled == false)
        #expect(record.processor.maximumFrequencyHertz == 3_400_000_000)
        #expect(record.processor.mitigations == ["spectre_v1": "Mitigation: x"])
        #expect(
            record.memory
                == MemoryRecord(
                    totalBytes: 4_096, availableBytes: 3_072, limitBytes: 2_048,
                    transparentHugePages: "always"))
        #expect(record.system.kernel == "6.1.0")
        #expect(record.system.distribution == "D 12")
        #expect(record.system.libc == "glibc 2.36")
        #expect(
            record.host
                == HostRecord(
                    isVirtualized: true, hypervisor: "QEMU PC", container: "kubernetes",
                    processorQuota: 0.5, loadAverage: 0.25))
    }

    @Test func anOlderControlGroupAndNoFrequencies() {
        let record = Self.capture([
            "/proc/self/cgroup": "2:cpu:/jobs\n4:memory:/jobs\n", "/.dockerenv": "",
            "/sys/fs/cgroup/cpu/jobs/cpu.cfs_quota_us": "300000\n",
            "/sys/fs/cgroup/cpu/jobs/cpu.cfs_period_us": "100000\n",
            "/sys/fs/cgroup/memory/memory.limit_in_bytes": "1024\n",
            "/proc/meminfo": "MemTotal: 4 kB\n",
        ]).record()
        #expect(record.host.processorQuota == 3)
        #expect(record.host.container == "docker")
        #expect(record.memory.limitBytes == 1_024)
        #expect(record.processor.governor == nil)
        #expect(record.processor.isBoostEnabled == nil)
    }

    @Test func aMachineThatTellsNothingIsUnknownAndNotGuessed() {
        let record = Self.capture([:]).record()
        #expect(record.processor.model == "unknown")
        #expect(record.system.kernel == "unknown")
        #expect(record.processor.usableCores == [])
        #expect(record.host == HostRecord(isVirtualized: false))
        #expect(Self.capture([:]).processorTimes() == nil)
    }

    @Test func theRealMachineIsReadable() throws {
        let capture = EnvironmentCapture()
        let record = capture.record(libc: nil)
        #expect(record.processor.onlineCoreCount >= 1)
        #expect(!record.processor.usableCores.isEmpty)
        #expect(record.memory.totalBytes > 0)
        #expect(record.system.kernel.contains("."))
        #expect(try #require(capture.processorTimes()).totalTicks > 0)
    }
}
