// Processes with their descendants, added up.

import AeroIO
import Glibc
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(5))) struct ProcessTreeTests {
    /// Starts a shell, and waits until it has said that it is ready. It ends with its input.
    private static func start(_ script: String) throws -> ChildProcess {
        var options = ChildProcessOptions(path: "/bin/sh", arguments: ["-c", script])
        options.input = .pipe
        options.leadsGroup = true
        var process = try ChildProcess(options)
        guard case .line("ready") = try process.readLine() else {
            throw Errno.protocolError
        }
        return process
    }

    @Test func membersAreTheRootAndAllThatDescendFromIt() throws {
        // A subshell within a subshell, each kept alive by what it still has to do.
        let process = try Self.start("exec 3<&0; ( (echo ready; read x <&3; :); :); :")
        let root = process.processIdentifier
        let members = try ProcessTree.members(of: root)
        #expect(members.count == 3 && members.first == root)
        #expect(Set(members).count == 3)
        // Seen from above, they are a part of another tree.
        #expect(Set(members).isSubset(of: try ProcessTree.members(of: getpid())))
        let inner = try #require(members.last)
        #expect(try ProcessTree.members(of: inner) == [inner])
    }

    @Test func usagesAreAddedUp() throws {
        let process = try Self.start("exec 3<&0; ( (echo ready; read x <&3; :); :); :")
        let root = process.processIdentifier
        let usage = try ProcessTree.usage(of: root)
        #expect(usage.processCount == 3)
        let each = try ProcessTree.members(of: root).map {
            try ProcessStatistics.read(processIdentifier: $0)
        }
        #expect(each.count == 3)
        #expect(usage.statistics.residentByteCount == each.reduce(0) { $0 + $1.residentByteCount })
        #expect(usage.statistics.residentByteCount > each[0].residentByteCount)
        let switches = each.reduce(0) { $0 + $1.voluntaryContextSwitchCount }
        #expect(usage.statistics.voluntaryContextSwitchCount == switches)
        #expect(usage.statistics.cpuNanoseconds >= each.reduce(0) { $0 + $1.cpuNanoseconds })
        #expect(usage.writtenByteCount != nil)
    }

    /// Seen in the account of the parent, which has waited for it.
    @Test func theTimeOfAProcessThatHasEndedStays() throws {
        let busy = "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done"
        let process = try Self.start("(\(busy)); echo ready; read x")
        let root = process.processIdentifier
        let usage = try ProcessTree.usage(of: root)
        #expect(usage.processCount == 1)
        let own = try ProcessStatistics.read(processIdentifier: root)
        #expect(usage.statistics.cpuNanoseconds >= own.cpuNanoseconds + 10_000_000)
    }

    @Test func bytesWrittenAreCounted() throws {
        // Beside the tests' binaries, on a disk: what is written to memory counts nowhere.
        let path = "\(CommandLine.arguments[0]).\(getpid()).written"
        defer { unlink(path) }
        let process = try Self.start(
            "dd if=/dev/zero of='\(path)' bs=64k count=16 2> /dev/null; echo ready; read x")
        let usage = try ProcessTree.usage(of: process.processIdentifier)
        #expect(try #require(usage.writtenByteCount) >= 1 << 20)
    }

    @Test func aProcessThatIsNotThere() throws {
        let identifier: Int32
        do { identifier = try Self.start("echo ready; read x").processIdentifier }
        #expect(throws: Errno.self) { _ = try ProcessTree.usage(of: identifier) }
        #expect(try ProcessTree.members(of: identifier) == [identifier])
    }

    @Test func theFileOfTheKernelIsParsed() {
        let text = "rchar: 1\nwchar: 2\nread_bytes: 3\nwrite_bytes: 7811072\n"
        #expect(ProcessFile.writtenByteCount(ofIO: text) == 7_811_072)
        #expect(ProcessFile.writtenByteCount(ofIO: "rchar: 1\n") == nil)
        #expect(ProcessFile.writtenByteCount(ofIO: "write_bytes: many\n") == nil)
    }
}
