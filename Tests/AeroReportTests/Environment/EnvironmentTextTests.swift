// What the kernel says, as kernels of several kinds say it.

import Testing

@testable import AeroReport

struct EnvironmentTextTests {
    @Test func intelCPUInfo() {
        let text = """
            processor\t: 0
            model name\t: Intel(R)  Xeon(R) CPU @ 2.20GHz
            siblings\t: 4
            cpu cores\t: 2
            flags\t\t: fpu vme hypervisor sse4_2

            processor\t: 1
            model name\t: Other
            """
        let found = ProcessorText.description(cpuinfo: text)
        #expect(found.model == "Intel(R) Xeon(R) CPU @ 2.20GHz")
        #expect(found.processorCount == 2)
        #expect(found.threadsPerCore == 2)
        #expect(found.hasHypervisorFlag)
    }

    @Test func armCPUInfoHasNoModel() {
        let text = "processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd0c\n"
        let found = ProcessorText.description(cpuinfo: text)
        #expect(found.model == "implementer 0x41 part 0xd0c")
        #expect(found.threadsPerCore == nil)
        #expect(!found.hasHypervisorFlag)
    }

    @Test func emptyCPUInfoIsUnknown() {
        #expect(ProcessorText.description(cpuinfo: "") == ProcessorText.Description())
        #expect(
            ProcessorText.description(cpuinfo: "siblings: 2\ncpu cores: 0\n").model == "unknown")
    }

    @Test(arguments: [
        ("0-3\n", [0, 1, 2, 3]), ("0,2", [0, 2]), ("8, 0-1,1", [0, 1, 8]), ("", []),
        ("3-1", []), ("a-b,5", [5]), ("0-99999999999", []), ("0-1-2", []), ("-", []),
    ])
    func coreLists(_ list: String, _ expected: [Int]) {
        #expect(ProcessorText.cores(list: list) == expected)
    }

    @Test func stealBetweenTwoReadings() throws {
        let text = "cpu  100 10 50 800 20 0 5 15 7 0\ncpu0 1 2 3 4\n"
        let before = try #require(ProcessorTimes(stat: text))
        #expect(before.totalTicks == 1_000)
        #expect(before.stealTicks == 15)
        let after = try #require(ProcessorTimes(stat: "cpu 150 10 50 825 20 0 5 40 0 0\n"))
        #expect(after.stealShare(since: before) == 0.25)
        #expect(before.stealShare(since: before) == nil)
        #expect(ProcessorTimes(stat: "cpu  1 2 3 4\n")?.stealTicks == 0)
        #expect(ProcessorTimes(stat: "intr 1 2") == nil)
        #expect(ProcessorTimes(stat: "cpu  1") == nil)
    }

    @Test func memoryAndDistribution() {
        let meminfo = "MemTotal:       24684084 kB\nMemAvailable: 7 kB\n"
        #expect(SystemText.memoryBytes("MemTotal", meminfo: meminfo) == 25_276_502_016)
        #expect(SystemText.memoryBytes("MemAvailable", meminfo: meminfo) == 7_168)
        #expect(SystemText.memoryBytes("Mem", meminfo: meminfo) == nil)
        let release = "NAME=\"Debian\"\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n"
        #expect(
            SystemText.distribution(osRelease: release) == "Debian GNU/Linux 12 (bookworm)")
        #expect(SystemText.distribution(osRelease: "PRETTY_NAME=Alpine") == "Alpine")
        #expect(SystemText.distribution(osRelease: "PRETTY_NAME=\"") == "\"")
        #expect(SystemText.distribution(osRelease: "") == nil)
        #expect(SystemText.choice("always [madvise] never\n") == "madvise")
        #expect(SystemText.choice("none]at[all") == nil)
        #expect(SystemText.firstNumber("0.15 0.06 0.01 1/93 5446\n") == 0.15)
    }

    @Test func controlGroups() {
        let old = "4:memory:/jobs/a\n2:cpuacct,cpu:/jobs/b\n1:name=systemd:/\n0::/\n"
        #expect(ControlGroupText.path(of: "memory", cgroup: old) == "/jobs/a")
        #expect(ControlGroupText.path(of: "cpu", cgroup: old) == "/jobs/b")
        #expect(ControlGroupText.path(of: nil, cgroup: old) == "/")
        #expect(ControlGroupText.path(of: nil, cgroup: "0::/a:b\n") == "/a:b")
        #expect(ControlGroupText.path(of: nil, cgroup: "garbage") == nil)
        #expect(ControlGroupText.cores(cpuMax: "150000 100000\n") == 1.5)
        #expect(ControlGroupText.cores(cpuMax: "max 100000\n") == nil)
        #expect(ControlGroupText.cores(quota: "200000\n", period: "100000\n") == 2)
        #expect(ControlGroupText.cores(quota: "-1\n", period: "100000\n") == nil)
        #expect(ControlGroupText.memoryBytes(limit: "1073741824\n", totalBytes: 1 << 34) == 1 << 30)
        #expect(ControlGroupText.memoryBytes(limit: "max\n", totalBytes: 1 << 34) == nil)
        #expect(
            ControlGroupText.memoryBytes(limit: "9223372036854771712", totalBytes: 1 << 34) == nil)
        #expect(ControlGroupText.container(cgroup: "0::/kubepods/x") == "kubernetes")
        #expect(ControlGroupText.container(cgroup: "0::/user.slice") == nil)
    }
}
