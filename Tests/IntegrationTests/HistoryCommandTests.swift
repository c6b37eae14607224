// `aerobench history`: from results to a budget that is used up.

import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)), .serialized)
struct HistoryCommandTests {
    private let folder: TemporaryFolder
    private let history: String
    private let kept: ResultFile

    init() throws {
        folder = try TemporaryFolder()
        history = folder.file("history.jsonl")
        kept = try ResultFile(
            "\(Executables.root)/results/2026-11-29-latency-1k-aeromq-1-d8c7457.json")
    }

    private func run(_ arguments: String...) throws -> Finished {
        try Executables.run("aerobench", ["history"] + arguments)
    }

    /// Results of a commit, or of the anchor, as if measured in turn with the other.
    private func side(_ commit: String, _ side: Int, pairs: Int = 5) throws -> String {
        let path = folder.file(commit)
        for pair in 0..<pairs {
            try kept.write(to: path, pair: pair, side: side) { json in
                json["id"] = "\(commit)-\(pair)"
                var tool = try #require(json["tool"] as? [String: Any])
                tool["commit"] = commit
                json["tool"] = tool
            }
        }
        return path
    }

    private func lines() throws -> [String] {
        try String(contentsOfFile: history, encoding: .utf8).split(separator: "\n").map(String.init)
    }

    @Test func entriesAreAddedShownAndPlotted() throws {
        let anchor = try side("anchor0", 0)
        for commit in ["aaaaaa1", "aaaaaa2"] {
            let added = try run("add", history, try side(commit, 1), "--anchor", anchor)
            #expect(added.code == 0, "\(added.transcript)")
        }
        #expect(try lines().count == 2)
        let shown = try run("show", history)
        #expect(shown.code == 0, "\(shown.transcript)")
        for words in ["against anchor anchor0: 2 entries", "main: e2e.intended.p99", "aaaaaa2"] {
            #expect(shown.transcript.contains(words), "\(words): \(shown.transcript)")
        }
        #expect(try run("check", history).code == 0)
        let page = folder.file("history.html")
        let plotted = try run("plot", history, "--out", page)
        #expect(plotted.code == 0 && plotted.output == ["history: \(page)"])
        let browser = try BrowserPage(String(contentsOfFile: page, encoding: .utf8))
        for view in [BrowserView(isDark: true), BrowserView(width: 390, height: 844)] {
            let reading = try browser.read(view)
            #expect(reading.errors.isEmpty && reading.console.isEmpty, "\(reading)")
            #expect(reading.overflow == 0 && reading.charts == 9, "\(reading)")
            #expect(reading.smallestLabel > 9 && reading.tip.hasPrefix("aaaaaa2, "), "\(reading)")
        }
    }

    @Test func whatDoesNotBelongIsRefused() throws {
        let anchor = try side("anchor0", 0)
        let candidate = try side("aaaaaa1", 1)
        #expect(try run("add", history, candidate, "--anchor", anchor).code == 0)
        let before = try lines()
        let again = try run("add", history, candidate, "--anchor", anchor)
        #expect(again.code == 6 && again.errors.joined().contains("in the history already"))
        let other = try side("anchor1", 0)
        let next = try side("aaaaaa2", 1)
        let moved = try run("add", history, next, "--anchor", other)
        #expect(moved.code == 6 && moved.errors.joined().contains("--new-anchor"))
        // Both first in all pairs.
        let blocks = try run("add", history, next, "--anchor", try side("anchor2", 1))
        #expect(blocks.code == 5, "\(blocks.transcript)")
        #expect(try run("add", history, next, "--anchor", folder.file("none")).code == 6)
        #expect(try run("add", history, next).code == 1)
        let same = try run("add", history, next, "--anchor", anchor, "--commit", "anchor0")
        #expect(same.code == 1 && same.errors.joined().contains("are both called anchor0"))
        #expect(try lines() == before)
        let named = try run(
            "add", history, next, "--anchor", other, "--new-anchor", "--anchor-name", "v1.0",
            "--commit", "pull-7")
        #expect(named.code == 0, "\(named.transcript)")
        #expect(try lines().last?.contains("\"anchor\":\"v1.0\"") == true)
        #expect(try lines().last?.contains("\"commit\":\"pull-7\"") == true)
    }

    @Test func aBudgetThatIsUsedUpGivesSeven() throws {
        let anchor = try side("anchor0", 0)
        #expect(
            try run("add", history, try side("aaaaaa1", 1), "--anchor", anchor).code == 0)
        let line = try #require(try lines().first)
        let copies = try (0..<5).map { index in
            var entry = try #require(
                try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            entry["runs"] = ["run-\(index)"]
            var metrics = try #require(entry["metrics"] as? [[String: Any]])
            for place in metrics.indices {
                let metric = try #require(metrics[place]["metric"] as? [String: Any])
                if metric["name"] as? String == "e2e.intended.p99" { metrics[place]["shift"] = 0.7 }
            }
            entry["metrics"] = metrics
            let data = try JSONSerialization.data(withJSONObject: entry)
            return String(decoding: data, as: UTF8.self)
        }
        try copies.joined(separator: "\n").write(
            toFile: history, atomically: true, encoding: .utf8)
        let checked = try run("check", history)
        #expect(checked.code == 7, "\(checked.transcript)")
        #expect(checked.transcript.contains("main: e2e.intended.p99 is at +101.4 %"))
        #expect(try run("show", history).code == 0)
        let policy = folder.file("policy.yaml")
        try "creep: { p99: 300% }".write(toFile: policy, atomically: true, encoding: .utf8)
        #expect(try run("check", history, "--policy", policy).code == 0)
    }

    @Test func damagedAndMissingFilesGiveSix() throws {
        for command in ["show", "check"] {
            let missing = try run(command, history)
            #expect(missing.code == 6 && missing.errors.joined().contains("history.jsonl"))
        }
        try "{}\n".write(toFile: history, atomically: true, encoding: .utf8)
        let damaged = try run("check", history)
        #expect(damaged.code == 6 && damaged.errors.joined().contains("line 1"))
        #expect(try run("plot", history, "--out", folder.file("x.html")).code == 6)
        #expect(!FileManager.default.fileExists(atPath: folder.file("x.html")))
        try "".write(toFile: history, atomically: true, encoding: .utf8)
        #expect(try run("check", history).code == 3)
    }
}
