// `aerobench ab` over real brokers: verdicts, accidents, and what it leaves behind.

import AeroIO
import Foundation
import Glibc
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(30)), .serialized)
struct ExperimentCommandTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Very short runs that keep no schedule, so that a busy machine cannot make them invalid.
    static let shortRuns = [
        "--duration", "300ms", "--set", "warmup=100ms", "--set", "interval=100ms",
        "--set", "classes.main.load={schedule: closed-loop, in-flight: 16}",
        "--set", "slo=[ledger.lost == 0]",
    ]

    private static let broker = "\(Executables.folder)/aeromq"

    private func command(
        base: String = Self.broker, candidate: String = Self.broker,
        runs: [String] = Self.shortRuns, _ more: [String] = []
    ) throws -> [String] {
        let policy = folder.file("policy.yaml")
        try Data("canary: 0%\n".utf8).write(to: URL(fileURLWithPath: policy))
        return [
            "ab", "smoke", "--base", base, "--candidate", candidate, "--policy", policy,
            "--seed", "7", "--out", folder.file("out"), "--junit", folder.file("out.xml"),
            "--sarif", folder.file("out.sarif"), "--markdown", folder.file("out.md"),
        ] + runs + more
    }

    private func report() throws -> ResultFile { try ResultFile(folder.file("out/gate.json")) }

    private func experiment(_ report: ResultFile) throws -> [String: Any] {
        try #require(report.json["experiment"] as? [String: Any])
    }

    /// Every output that was asked for is there, whatever happened.
    private func expectEveryOutput(with sign: String) throws {
        for name in ["out.xml", "out.sarif", "out.md", "out/gate.json"] {
            let text = try String(contentsOfFile: folder.file(name), encoding: .utf8)
            #expect(text.contains(sign), "\(name)")
        }
    }

    /// A broker that is no broker: a shell script in its place.
    private func script(_ name: String, _ lines: String) throws -> String {
        let path = folder.file(name)
        try Data("#!/bin/sh\n\(lines)\n".utf8).write(to: URL(fileURLWithPath: path))
        #expect(chmod(path, 0o755) == 0)
        return path
    }

    @Test func theSameBrokerTwiceNeverFails() throws {
        let finished = try Executables.run(
            "aerobench", command(["--budget", "2m"]), patienceNanoseconds: 240_000_000_000)
        #expect([0, 3].contains(finished.code), "\(finished.transcript)")
        let experiment = try experiment(try report())
        #expect(experiment["seed"] as? Int == 7)
        let pairs = try #require(experiment["pairs"] as? [[String: Any]])
        #expect(pairs.count >= 8)
        let orders = pairs.compactMap { ($0["plan"] as? [String: Any])?["first"] as? String }
        #expect(Set(orders) == ["baseline", "candidate"])
        #expect(pairs.allSatisfy { ($0["signals"] as? [Any])?.count == 2 })
        // The runs that counted can be judged once more, as files: by pairs, if they are enough.
        let path = folder.file("again.json")
        let again = try Executables.run(
            "aerobench",
            [
                "gate", folder.file("out/base.json"), folder.file("out/candidate.json"), "--json",
                path,
            ])
        #expect(![nil, 1, 6].contains(again.code), "\(again.transcript)")
        let isByPairs = try ResultFile(path).json["experiments"] != nil
        #expect(
            isByPairs || again.transcript.contains("can never fail"), "\(again.transcript)")
        // What it says then is not the verdict of the experiment, which it names.
        let own = "own verdict counts: \(finished.code == 0 ? "PASS" : "INCONCLUSIVE")"
        #expect(again.transcript.contains(own), "\(again.transcript)")
    }

    /// Both sides alive: one result of each side for a pair, whatever the number of slices.
    @Test func slicesOfAPairBecomeOneResult() throws {
        let slices = ["--mode", "slice", "--slice", "100ms", "--budget", "20s"]
        let finished = try Executables.run(
            "aerobench", command(slices), patienceNanoseconds: 120_000_000_000)
        #expect([0, 3].contains(finished.code), "\(finished.transcript)")
        let experiment = try experiment(try report())
        #expect(experiment["mode"] as? String == "slice")
        let pairs = try #require(experiment["pairs"] as? [[String: Any]])
        // Three slices of each side.
        #expect(pairs.allSatisfy { ($0["signals"] as? [Any])?.count == 6 })
        let data = try Data(contentsOf: URL(fileURLWithPath: folder.file("out/base.json")))
        let runs = try #require(try JSONSerialization.jsonObject(with: data) as? [[String: Any]])
        let excluded = pairs.filter { $0["excluded"] != nil }
        #expect(runs.count == pairs.count - excluded.count)
        let window = try #require(runs[0]["window"] as? [String: Any])
        #expect(window["durationNanoseconds"] as? Int == 300_000_000)
    }

    @Test func aCandidateThatDiesInPairThreeIsInvalid() throws {
        let candidate = try script(
            "dying",
            """
            echo x >> '\(folder.file("starts"))'
            if [ "$(wc -l < '\(folder.file("starts"))')" -ge 3 ]; then
                (sleep 0.2; kill -9 $$) &
            fi
            exec '\(Self.broker)' "$@"
            """)
        let finished = try Executables.run("aerobench", command(candidate: candidate))
        #expect(finished.code == 5, "\(finished.transcript)")
        try expectEveryOutput(with: "candidate ended in pair 3")
        let kept = try JSONSerialization.jsonObject(
            with: Data(contentsOf: URL(fileURLWithPath: folder.file("out/base.json"))))
        #expect((kept as? [Any])?.count == 2)
    }

    /// It was there to be compared, so that it is no missing side.
    @Test(arguments: ["run", "slice"])
    func aCandidateThatDiesInPairOneIsInvalid(_ mode: String) throws {
        let candidate = try script(
            "dying", "(sleep 1; kill -9 $$) &\nexec '\(Self.broker)' \"$@\"")
        // Long enough for a slow machine to have begun by then.
        let words =
            ["--duration", "5s", "--mode", mode] + (mode == "slice" ? ["--slice", "5s"] : [])
        let finished = try Executables.run(
            "aerobench", command(candidate: candidate, runs: words))
        #expect(finished.code == 5, "\(finished.transcript)")
        try expectEveryOutput(with: "the candidate failed in pair 1")
    }

    @Test func aBaseThatDoesNotStartGivesSix() throws {
        let base = try script("dead", "echo no >&2; exit 1")
        let finished = try Executables.run("aerobench", command(base: base))
        #expect(finished.code == 6, "\(finished.transcript)")
        try expectEveryOutput(with: "the baseline failed in pair 1")
    }

    /// Nor one that nobody listens for; that its process stays the same is said.
    @Test(arguments: ["run", "slice"])
    func anAddressWithoutABrokerGivesSix(_ mode: String) throws {
        let finished = try Executables.run(
            "aerobench", command(base: "127.0.0.1:1", ["--mode", mode]))
        #expect(finished.code == 6, "\(finished.transcript)")
        #expect(finished.transcript.contains("the baseline failed in pair 1"))
        #expect(finished.transcript.contains("one process in all pairs"))
    }

    /// A broker with a data directory that does not start leaves none behind.
    @Test func slicesLeaveNoDirectoryBehind() throws {
        let data = folder.file("data")
        try FileManager.default.createDirectory(
            atPath: data, withIntermediateDirectories: false)
        let durable = [
            "--mode", "slice", "--data", data, "--set", "classes.main.durability=os",
        ]
        let finished = try Executables.run(
            "aerobench", command(candidate: try script("dead", "exit 1"), durable))
        #expect(finished.code == 6, "\(finished.transcript)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: data).isEmpty)
    }

    /// What a build puts in the candidate's place meanwhile is not measured.
    @Test func aCandidateThatIsReplacedStaysTheSame() throws {
        let candidate = try script(
            "replaced",
            """
            printf '#!/bin/sh\\nexit 1\\n' > '\(folder.file("replaced"))'
            exec '\(Self.broker)' "$@"
            """)
        let finished = try Executables.run(
            "aerobench", command(candidate: candidate, ["--budget", "8s"]),
            patienceNanoseconds: 120_000_000_000)
        #expect([0, 3].contains(finished.code), "\(finished.transcript)")
        #expect(try String(contentsOfFile: candidate, encoding: .utf8).contains("exit 1"))
    }

    @Test func controlCEndsItWithEverythingWritten() throws {
        var process = try ChildProcess(Executables.options("aerobench", try command()))
        var seen: [String] = []
        while !(seen.last?.hasPrefix("pair 2 ") ?? false) {
            let reading = try process.readLine(
                from: .standardError, deadlineNanoseconds: Executables.deadline)
            guard case .line(let line) = reading else { break }
            seen.append(line)
        }
        #expect(seen.last?.hasPrefix("pair 2 ") == true, "\(seen)")
        process.kill(SIGINT)
        let finished = try Executables.finish(process)
        #expect(finished.code == 5, "\(finished.transcript)")
        try expectEveryOutput(with: "interrupted before there was a verdict")
        // Those of the pair under way, too.
        #expect(FileManager.default.fileExists(atPath: folder.file("out/set-aside.json")))
    }

    /// Neither the build nor its work tree stays.
    @Test func controlCEndsABuildAndCleansUp() throws {
        let repository = folder.file("repository")
        let prepared = try Executables.shell(
            """
            set -e
            mkdir '\(repository)'; cd '\(repository)'
            git init -q .; git config user.email a@b.c; git config user.name a
            echo x > x; git add .; git commit -qm one
            """)
        #expect(prepared.code == 0, "\(prepared.transcript)")
        var options = Executables.options(
            "aerobench",
            [
                "ab", Executables.root + "/Benchmarks/Scenarios/smoke.yaml", "--base", "HEAD",
                "--candidate", Self.broker, "--build", "echo compiling; sleep 1000; true",
            ])
        options.directory = repository
        options.environment = ProcessInfo.processInfo.environment.merging([
            "XDG_CACHE_HOME": folder.path
        ]) { $1 }
        var process = try ChildProcess(options)
        var reading = LineReading.line("")
        while case .line(let line) = reading, line != "compiling" {
            reading = try process.readLine(
                from: .standardError, deadlineNanoseconds: Executables.deadline)
        }
        process.kill(SIGINT)
        // The end of its streams is that of the build, which has them, too.
        let finished = try Executables.finish(process)
        #expect(finished.code == 1, "\(finished.transcript)")
        #expect(finished.transcript.contains("cannot build HEAD"), "\(finished.transcript)")
        let trees = try Executables.shell("cd '\(repository)' && git worktree list")
        #expect(trees.output.count == 1, "\(trees.transcript)")
    }

    @Test func whatCannotBecomeAnExperimentIsRefused() throws {
        let cases: [([String], String)] = [
            (try command(["--budget", "1s"]), "can never be enough"),
            (try command(base: "no-such-revision"), "no revision"),
            (try command(["--set", "driver=null"]), "no broker to start"),
            (["ab", "smoke", "--base", Self.broker], "--candidate is missing"),
            (["ab", "--base", Self.broker], "SCENARIO"),
        ]
        for (words, sign) in cases {
            let finished = try Executables.run("aerobench", words)
            #expect(finished.code == 1, "\(finished.transcript)")
            #expect(finished.errors.joined().contains(sign), "\(finished.transcript)")
        }
    }

    /// What cannot be written is said before a revision is built or a pair measured.
    @Test(arguments: ["--out", "--html", "--junit"])
    func outputsAreCheckedFirst(_ option: String) throws {
        let outputs = ["--out": folder.file("out")].merging([option: "/dev/null/x"]) { $1 }
        let finished = try Executables.run(
            "aerobench",
            ["ab", "smoke", "--base", "HEAD", "--candidate", Self.broker, "--build", "exit 9"]
                + outputs.flatMap { [$0, $1] })
        #expect(finished.code == 1, "\(finished.transcript)")
        #expect(finished.transcript.contains("/dev/null"), "\(finished.transcript)")
        #expect(!finished.transcript.contains("building"), "\(finished.transcript)")
        #expect(!FileManager.default.fileExists(atPath: folder.file("out")))
    }

    /// Two commits of a repository whose build makes a broker of the first and none of the second.
    @Test func revisionsAreBuiltOnceInTreesOfTheirOwn() throws {
        let (repository, cache) = (folder.file("repository"), folder.file("cache"))
        let work = [
            "--set", "classes.main.load={schedule: closed-loop, in-flight: 16}", "--duration",
            "300ms", "--set", "warmup=100ms", "--set", "interval=100ms",
        ].map { "'\($0)'" }.joined(separator: " ")
        let prepare = """
            set -e
            export XDG_CACHE_HOME='\(cache)' GIT_CONFIG_GLOBAL=/dev/null
            OUT='\(folder.file("out"))'
            mkdir '\(cache)' '\(repository)'; cd '\(repository)'
            git init -q .; git config user.email a@b.c; git config user.name a
            echo 'mkdir -p .build/release; cp '"$BIN"'/aeromq .build/release/' > build.sh
            git add .; git commit -qm one
            echo 'mkdir -p .build/release; echo exit 1 > .build/release/aeromq' > build.sh
            echo 'chmod +x .build/release/aeromq' >> build.sh
            git commit -qam two
            """
        let measure = """
            rc=0; $BIN/aerobench ab '\(Executables.root)/Benchmarks/Scenarios/smoke.yaml' \
            --base HEAD~1 --candidate HEAD --build 'sh build.sh' --out "$OUT" \
            --seed 3 \(work) || rc=$?
            """
        let finished = try Executables.shell("\(prepare)\n\(measure)\ngit worktree list\nexit $rc")
        // The candidate exits at once: nothing can be compared, and everything is said.
        #expect(finished.code == 6, "\(finished.transcript)")
        #expect(finished.transcript.contains("building HEAD~1"), "\(finished.transcript)")
        #expect(finished.transcript.contains("the candidate failed in pair 1"))
        #expect(finished.output.filter { $0.contains(repository) }.count == 1)
        let built = try FileManager.default.contentsOfDirectory(atPath: cache + "/aerobench")
        #expect(built.count == 2)
        for name in built {
            let kept = try FileManager.default.contentsOfDirectory(
                atPath: "\(cache)/aerobench/\(name)")
            #expect(kept == ["aeromq"])
        }
        // The second time nothing is built.
        let again = try Executables.shell(
            """
            export XDG_CACHE_HOME='\(cache)'; cd '\(repository)'
            OUT='\(folder.file("again"))'
            \(measure)
            exit $rc
            """)
        #expect(again.code == 6 && !again.transcript.contains("building"), "\(again.transcript)")
        // Another compiler makes another broker.
        let other = try Executables.shell(
            """
            export XDG_CACHE_HOME='\(cache)'; cd '\(repository)'
            mkdir bin; echo 'echo Swift version 99' > bin/swift; chmod +x bin/swift
            PATH=$PWD/bin:$PATH OUT='\(folder.file("other"))'
            \(measure)
            exit $rc
            """)
        #expect(other.transcript.contains("building HEAD~1"), "\(other.transcript)")
    }
}
