// What users copy to gate their own broker: it parses, and what it calls is there.

import AeroLoad
import AeroReport
import Foundation
import Testing

@testable import AeroCommand

struct GateRecipeTests {
    private static let root: String = {
        var url = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { url.deleteLastPathComponent() }
        return url.path
    }()

    private static func text(_ path: String) throws -> String {
        try String(contentsOfFile: "\(root)/\(path)", encoding: .utf8)
    }

    /// Calls of `aerobench` in a script: the words that follow it, up to the end of the command.
    private static func calls(in script: String) -> [String] {
        let joined = script.split(separator: "\\\n").joined(separator: " ")
        return joined.split(separator: "\n").flatMap { line in
            line.matches(of: /(?:\/|"\$)aerobench"?\s+([a-z][^|]*)/).map { String($0.output.1) }
        }
    }

    /// Options of a call that its command does not have; nil for a command that is not there.
    private static func unknownOptions(of call: String) -> [String]? {
        let words = call.split(separator: " ").map(String.init)
        guard
            let found = BenchProgram.program.subcommands.first(where: {
                words.starts(with: $0.specification.name.split(separator: " ").map(String.init))
            })
        else { return nil }
        let known = found.specification.options.map(\.name)
        return call.matches(of: /--[a-z][a-z-]*/).map { String($0.output) }.filter {
            !known.contains($0)
        }
    }

    @Test(arguments: [
        ("Benchmarks/Gate/gate-broker", ["run", "gate"]), ("scripts/gate", ["ab", "history"]),
    ])
    func scriptsCallWhatIsThere(_ path: String, _ commands: [String]) throws {
        let calls = Self.calls(in: try Self.text(path))
        #expect(calls.map { String($0.prefix { $0 != " " }) } == commands, "\(calls)")
        for call in calls {
            #expect(Self.unknownOptions(of: call) == [], "\(call)")
            #expect(call.contains("--"), "\(call)")
        }
    }

    /// A budget that ends before fresh pairs could confirm a failure makes a gate that never fails.
    @Test(arguments: [("short-policy", 0), ("policy", 1)])
    func thereIsTimeToFail(_ policyName: String, _ place: Int) throws {
        let script = try Self.text("scripts/gate")
        // What stands in the script where a user says nothing: once with --short, once without.
        func seconds(_ name: String) throws -> Double {
            let found = script.matches(of: /\{([a-z]+):=([0-9]+)(ms|s|m)?\}/).filter {
                $0.output.1 == name
            }
            let match = try #require(found.count == 2 ? found[place] : nil, "\(name)")
            let number = try #require(Double(match.output.2))
            return match.output.3 == "m"
                ? number * 60 : match.output.3 == "ms" ? number / 1_000 : number
        }
        let policy = try PolicyFile.read("\(Self.root)/Benchmarks/Gate/\(policyName).yaml")
        let plan = GatePlan()
        let counted = plan.looks[0] + plan.confirmationLooks[0]
        let pairs = (Double(counted) / (1 - policy.canaryShare)).rounded(.down)
        let run = try seconds("seconds") + seconds("warmup")
        // Half a second for starting and stopping a broker, and some pairs that are left out.
        let budget = try seconds("budget")
        #expect(1.2 * pairs * 2 * (run + 0.5) <= budget, "\(pairs) pairs")
    }

    /// What CI measures: a scenario and a policy that are read, without a limit that a short run
    /// cannot tell, and the history that comes of it.
    @Test func theShortGateIsReady() throws {
        let gate = "\(Self.root)/Benchmarks/Gate"
        let scenario = try ScenarioSource.load("\(gate)/short.yaml")
        #expect(
            scenario.classes.count == 1 && scenario.objectives.map(\.text) == ["ledger.lost == 0"])
        let policy = try PolicyFile.read("\(gate)/short-policy.yaml")
        let latencies = policy.limits.relative.keys.filter { $0.limitUnit == .ratio }
        #expect(latencies.count == 3 && policy.limits.relative[.stalls] == nil)
        #expect(policy.inconclusive == .warn && policy.limits.counters.count == 3)
    }

    /// Kept with the project, and readable by this release.
    @Test func theHistoryOfOurReleasesIsRead() throws {
        let bytes = Array(try Self.text("results/history.jsonl").utf8)
        let history = try History(decoding: bytes)
        #expect(!history.entries.isEmpty)
        #expect(try history.encoded() == bytes)
        let anchor = try #require(
            Self.text("Benchmarks/Gate/anchor").split(separator: "\n").first { !$0.hasPrefix("#") })
        #expect(history.entries.last?.anchor == String(anchor.prefix(7)))
        for entry in history.entries {
            #expect(entry.commit.wholeMatch(of: /[0-9a-f]{7}/) != nil, "\(entry.commit)")
            #expect(Set(entry.metrics.map(\.metric.scenario)) == ["gate-short"], "\(entry.commit)")
        }
        let policy = try PolicyFile.read("\(Self.root)/Benchmarks/Gate/short-policy.yaml")
        #expect(HistoryReview(history, policy: policy).verdict != .fail)
    }

    @Test func aMistakeIsFound() {
        let script = """
            "$aerobench" gate base candidate \\
                --htlm page || code=$?
            bin/aerobench gates base
            """
        let calls = Self.calls(in: script)
        #expect(calls.count == 2)
        #expect(calls.map(Self.unknownOptions) == [["--htlm"], nil])
    }

    @Test func aPolicyIsReady() throws {
        let policy = try PolicyFile.read("\(Self.root)/Benchmarks/Gate/policy.yaml")
        #expect(policy.limits.counters.count == 1 && policy.limits.creep.count == 2)
        #expect(policy.inconclusive == .fail)
    }

    /// Every key of the table in the documentation, with its example.
    @Test func theDocumentedPolicyIsRead() throws {
        let table = try Self.text("Benchmarks/README.md").split(separator: "## Gates")[1]
            .split(separator: "### A history")[0]
        let examples = table.matches(of: /\n\| `([a-z-]+: [^`]*)` \|/).map { String($0.output.1) }
        #expect(examples.count == 14, "\(examples)")
        let path = FileManager.default.temporaryDirectory.appendingPathComponent(
            "policy-\(UUID().uuidString).yaml")
        defer { unlink(path.path) }
        try examples.joined(separator: "\n").write(to: path, atomically: true, encoding: .utf8)
        let policy = try PolicyFile.read(path.path)
        #expect(policy.limits.floorMessagesPerSecond == 1_000 && policy.allowed.count == 3)
    }

    @Test func theWorkflowHasStepsAndTheirFiles() throws {
        let path = "Benchmarks/Gate/workflow.yml"
        let tree = try ScenarioTree(yaml: Array(Self.text(path).utf8), file: path)
        guard case .list(let steps)? = tree["jobs"]?["gate"]?["steps"] else {
            Issue.record("no steps")
            return
        }
        var scripts = ""
        for step in steps {
            #expect(step["name"] != nil && (step["uses"] == nil) != (step["run"] == nil))
            if case .text(let script)? = step["run"] { scripts += script + "\n" }
        }
        #expect(tree["on"]?["pull_request"] != nil && steps.count > 5)
        // What it takes from the checkout of this project is there.
        let taken = scripts.matches(of: /aeromq\/((?:scripts|Benchmarks)\/[A-Za-z0-9.\/-]+)/)
        #expect(taken.count >= 4)
        for file in taken {
            let place = "\(Self.root)/\(file.output.1)"
            #expect(FileManager.default.fileExists(atPath: place), "\(place)")
        }
        // What it tells the recipe and shows afterwards, the recipe reads and writes.
        let recipe = try Self.text("Benchmarks/Gate/gate-broker")
        for variable in scripts.matches(of: /export ([A-Z_]+)=/) {
            #expect(recipe.contains("${\(variable.output.1)"), "\(variable.output.1)")
        }
        for file in try Self.text(path).matches(of: /gate\/(gate\.[a-z]+)/) {
            #expect(recipe.contains("\"$out/\(file.output.1)\""), "\(file.output.1)")
        }
    }
}

extension ScenarioTree {
    /// The value of a key; nil for none, and for what has no keys.
    fileprivate subscript(key: String) -> ScenarioTree? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.key == key }?.value
    }
}
