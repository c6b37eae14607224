// Child processes, signals and resource statistics.

import AeroIO
import Glibc
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(10)))
struct ProcessTests {
    static func shell(_ script: String) -> ChildProcessOptions {
        ChildProcessOptions(path: "/bin/sh", arguments: ["-c", script])
    }

    @Test func readsLinesAndTheExitStatus() throws {
        var options = Self.shell("echo one; echo two >&2; printf three; exit 7")
        options.error = .pipe
        var child = try ChildProcess(options)
        #expect(try child.readLine() == .line("one"))
        #expect(try child.readLine() == .line("three"))
        #expect(try child.readLine() == .endOfStream)
        #expect(try child.readLines(from: .standardError) == ["two"])
        #expect(try child.wait() == .exited(code: 7))
        #expect(try child.wait() == .exited(code: 7))
        child.kill(SIGKILL)
    }

    @Test func keepsDeadlines() throws {
        var options = Self.shell("printf half; read line; echo \" $line\"; exec sleep 1000")
        options.input = .pipe
        var child = try ChildProcess(options)
        let soon = MonotonicClock.nowNanoseconds() + 30_000_000
        #expect(try child.readLine(deadlineNanoseconds: soon) == .timedOut)
        #expect(MonotonicClock.nowNanoseconds() >= soon)
        #expect(try child.wait(deadlineNanoseconds: soon) == nil)
        child.closeInput()
        #expect(try child.readLine() == .line("half "))
        child.kill(SIGTERM)
        #expect(try child.wait() == .signaled(SIGTERM))
    }

    /// What a shell started ends with it: the pipe has no end as long as either holds it.
    @Test func aSignalReachesTheWholeGroup() throws {
        var options = Self.shell("sleep 1000 & echo started; wait")
        options.leadsGroup = true
        var child = try ChildProcess(options)
        #expect(try child.readLine() == .line("started"))
        child.kill(SIGTERM)
        let soon = MonotonicClock.nowNanoseconds() + 60_000_000_000
        #expect(try child.readLine(deadlineNanoseconds: soon) == .endOfStream)
        #expect(try child.wait() == .signaled(SIGTERM))
    }

    /// Neither pipe may fill up while the other is read.
    @Test func drainsBothPipes() throws {
        var options = Self.shell(
            "i=0; while [ $i -lt 3000 ]; do echo 'some line of errors, long enough' >&2; "
                + "i=$((i+1)); done; echo done")
        options.error = .pipe
        var child = try ChildProcess(options)
        #expect(try child.readLine() == .line("done"))
        #expect(try child.readLines(from: .standardError).count == 3000)
        #expect(try child.wait() == .exited(code: 0))
    }

    @Test func passesEnvironmentAndDirectory() throws {
        var options = Self.shell("echo $NAME; pwd; cat; echo end")
        options.environment = ["NAME": "value with spaces", "PATH": "/usr/bin:/bin"]
        options.directory = "/usr"
        var child = try ChildProcess(options)
        // Input is empty: cat ends at once.
        #expect(try child.readLines() == ["value with spaces", "/usr", "end"])
        #expect(try child.wait() == .exited(code: 0))
    }

    /// A pipe of ours in another child would never come to its end.
    @Test func keepsItsDescriptorsFromOtherChildren() throws {
        var first = try ChildProcess(Self.shell("echo first"))
        let second = try ChildProcess(ChildProcessOptions(path: "/bin/sleep", arguments: ["99"]))
        #expect(try first.readLines() == ["first"])
        _ = consume second
    }

    @Test func saysWhyAProgramDoesNotStart() {
        #expect(throws: Errno.noSuchFile) {
            _ = try ChildProcess(ChildProcessOptions(path: "/no/such/program"))
        }
        #expect(throws: Errno.accessDenied) {
            _ = try ChildProcess(ChildProcessOptions(path: "/etc/passwd"))
        }
    }

    @Test func endsWithItsOwner() throws {
        let identifier: Int32
        do {
            let child = try ChildProcess(ChildProcessOptions(path: "/bin/sleep", arguments: ["99"]))
            identifier = child.processIdentifier
            #expect(try ProcessStatistics.read(processIdentifier: identifier).threadCount == 1)
        }
        #expect(throws: Errno.self) {
            _ = try ProcessStatistics.read(processIdentifier: identifier)
        }
    }

    @Test func routesSignalsToAClosureAndAPoller() throws {
        let calls = Atomic<Int32>(0)
        let signal = SIGUSR1
        let source = try SignalSource([signal]) { number in
            calls.store(number, ordering: .releasing)
        }
        #expect(source.received == nil)
        Glibc.kill(getpid(), signal)
        while calls.load(ordering: .acquiring) == 0 { sched_yield() }
        #expect(calls.load(ordering: .acquiring) == signal)
        #expect(source.received == signal)

        var poller = try EpollPoller()
        let waking = try SignalSource([SIGUSR2], waking: poller.waker)
        Glibc.kill(getpid(), SIGUSR2)
        var isWoken = false
        while !isWoken {
            try poller.wait(timeoutNanoseconds: -1)
            while let completion = poller.next() {
                if case .woken = completion { isWoken = true }
            }
        }
        #expect(waking.received == SIGUSR2)
        #expect(throws: Errno.invalidArgument) { _ = try SignalSource([SIGKILL]) { _ in } }
        #expect(throws: Errno.invalidArgument) { _ = try SignalSource([99]) { _ in } }
    }

    @Test func givesSignalsBack() async {
        await #expect(processExitsWith: .signal(SIGTERM)) {
            do { _ = try SignalSource([SIGTERM]) { _ in } }
            Glibc.kill(getpid(), SIGTERM)
            pause()
        }
        await #expect(processExitsWith: .exitCode(5)) {
            SignalSource.ignoreBrokenPipe()
            Glibc.kill(getpid(), SIGPIPE)
            exit(5)
        }
    }

    @Test func countsWhatThisProcessUses() throws {
        let before = try ProcessStatistics.read(processIdentifier: getpid())
        #expect(before.residentByteCount > 1 << 20)
        #expect(before.residentByteCountMax >= before.residentByteCount / 2)
        #expect(before.threadCount >= 1)
        let stop = Atomic<Bool>(false)
        let thread = try SystemThread.start(name: "busy") {
            while !stop.load(ordering: .relaxed) { sched_yield() }
        }
        var busy: ProcessStatistics.Thread?
        while busy?.cpuNanoseconds ?? 0 == 0 {
            busy = try ProcessStatistics.threads(processIdentifier: getpid())
                .first { $0.name == "busy" }
        }
        stop.store(true, ordering: .relaxed)
        thread.join()
        let after = try ProcessStatistics.read(processIdentifier: getpid())
        #expect(after.cpuNanoseconds > before.cpuNanoseconds)
    }

    @Test func parsesTheFilesOfTheKernel() throws {
        let stat = try ProcessFile.Stat(
            parsing: "4242 (a (strange) name) S 1 4242 4242 0 -1 4194560 2513 0 1 0 "
                + "123 45 3 4 20 0 7 0 1117 178327552 1653 18446744073709551615\n")
        #expect(stat.name == "a (strange) name")
        #expect(stat.userNanoseconds == 1_230_000_000)
        #expect(stat.systemNanoseconds == 450_000_000)
        #expect(stat.parentIdentifier == 1)
        #expect(stat.endedChildrenNanoseconds == 70_000_000)
        #expect(stat.threadCount == 7)
        #expect(stat.minorFaultCount == 2_513)
        #expect(stat.majorFaultCount == 1)
        let status = ProcessFile.Status(
            parsing: """
                Name:\tx
                VmHWM:\t    6612 kB
                VmRSS:\t    6608 kB
                voluntary_ctxt_switches:\t150
                nonvoluntary_ctxt_switches:\t5
                """)
        #expect(status.residentByteCount == 6608 * 1024)
        #expect(status.residentByteCountMax == 6612 * 1024)
        #expect(status.voluntaryContextSwitchCount == 150)
        #expect(status.involuntaryContextSwitchCount == 5)
        #expect(ProcessFile.cpuNanoseconds(ofSchedstat: "123456 789 10\n") == 123_456)
        #expect(ProcessFile.cpuNanoseconds(ofSchedstat: "") == nil)
        for text in ["", "1 (x", "1 (x) S 1 2 3", ") ("] {
            #expect(throws: Errno.protocolError) { _ = try ProcessFile.Stat(parsing: text) }
        }
    }
}
