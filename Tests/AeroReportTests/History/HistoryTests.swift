// Histories: what an entry is made of, what is refused, and what the file looks like.

import Testing

@testable import AeroReport

struct HistoryTests {
    private let anchor = SampleResult()

    /// An entry of pairs in turn; the commit is the candidate's.
    private func entry(
        _ pairCount: Int = 5, isOrderFixed: Bool = false, policy: GatePolicy = GatePolicy(),
        change: (inout SampleResult) -> Void = { _ in }
    ) throws -> HistoryEntry {
        var candidate = anchor
        candidate.commit = "fedcba9"
        change(&candidate)
        func side(_ sample: SampleResult, _ side: Int) throws -> [ResultDocument] {
            try sample.document().repeated(pairCount, side: side, isOrderFixed: isOrderFixed)
        }
        return try HistoryEntry(
            anchor: side(anchor, 0), candidate: side(candidate, 1), policy: policy)
    }

    @Test func anEntryHasTheRatioToTheAnchor() throws {
        let entry = try entry { $0.tailFactor = 1.2 }
        #expect(entry.commit == "fedcba9" && entry.anchor == "0123abc")
        #expect(entry.runs.count == 5 && entry.measuredAt == "2026-01-31T00:01:00.000Z")
        #expect(entry.environment.text.hasPrefix("Example 9000, x86_64, 2 cores, kernel 6.1.0"))
        #expect(entry.metrics.count == 9 && entry.metrics.allSatisfy { $0.pairCount == 5 })
        let p99 = try #require(entry.metrics.first { $0.metric.name == "e2e.intended.p99" })
        let change = p99.metric.scale.worsening(difference: p99.shift)
        #expect(abs(change - 0.2) < 0.01 && p99.candidate > p99.anchor)
        // Five pairs are the fewest that refute anything at 5 %.
        #expect(p99.lower == p99.shift && p99.upper == p99.shift)
        #expect(try self.entry(4).metrics.allSatisfy { $0.lower == nil && $0.upper == nil })
    }

    @Test func aSinglePairWillDoAndAFixedOrderWillNot() throws {
        #expect(try entry(1).metrics.allSatisfy { $0.pairCount == 1 && $0.lower == nil })
        #expect {
            try self.entry(5, isOrderFixed: true)
        } throws: { error in
            "\(error)".contains("not measured in turn")
        }
    }

    @Test func whatIsNoComparisonIsRefused() throws {
        let cases: [(String, (inout SampleResult) -> Void)] = [
            ("kernel differs", { $0.kernel = "6.2.0" }),
            ("too late", { $0.reasons = [ValidityReason(code: "x", message: "too late")] }),
            ("missing in the candidate", { $0.scenario = "other" }),
        ]
        for (words, change) in cases {
            #expect {
                try self.entry(change: change)
            } throws: { error in
                "\(error)".contains(words)
            }
        }
        var policy = GatePolicy()
        policy.allowed = [.field(.kernel)]
        #expect(try entry(policy: policy) { $0.kernel = "6.2.0" }.metrics.count == 9)
        let one = try anchor.document()
        var other = one.repeated(2, side: 1)
        other[1].tool.commit = "another"
        #expect {
            try HistoryEntry(
                anchor: one.repeated(2, side: 0), candidate: other, policy: GatePolicy())
        } throws: { error in
            "\(error)".contains("of several commits: 0123abc, another")
        }
    }

    @Test func fewSamplesAreNoMetric() throws {
        let small = try entry { $0.sampleCount = 10_000 }
        #expect(!small.metrics.contains { $0.metric.name.hasSuffix("p99.9") })
        #expect(small.metrics.contains { $0.metric.name.hasSuffix("p99") })
    }

    @Test func aFileHasOneEntryALine() throws {
        var history = History()
        let first = try entry()
        try history.append(first)
        var second = first
        second.runs = ["another"]
        second.commit = "two\nlines"
        try history.append(second)
        let bytes = try history.encoded()
        #expect(text(bytes).split(separator: "\n").count == 2 && text(bytes).hasSuffix("}\n"))
        #expect(try History(decoding: bytes) == history)
        #expect(try History(decoding: utf8("\n") + bytes + utf8("\n\n")) == history)
        #expect(try History(decoding: []) == History())
        #expect(try history.encoded() == bytes)
    }

    @Test func damageIsNamedWithItsLine() throws {
        var history = History()
        try history.append(try entry())
        let bytes = try history.encoded()
        let cut = Array(bytes.dropLast(10))
        let newer = text(bytes).replacing("aerobench.history/1", with: "aerobench.history/2")
        for (damaged, words) in [
            (bytes + cut, "line 2: not JSON"), (utf8("{}\n"), "line 1: not a file of"),
            (bytes + utf8("\n{\"schema\": \"aerobench.history/1\"}"), "line 3: the required"),
            (utf8(newer), "line 1: written by a newer release"),
        ] {
            #expect {
                try History(decoding: damaged)
            } throws: { error in
                "\(error)".hasPrefix(words)
            }
        }
    }

    @Test func noRunIsThereTwiceAndAnAnchorStays() throws {
        var history = History()
        let first = try entry()
        try history.append(first)
        #expect(throws: HistoryError.repeated(run: first.runs[0])) { try history.append(first) }
        var moved = first
        moved.runs = ["another"]
        moved.anchor = "newer"
        #expect(throws: HistoryError.otherAnchor(found: "newer", expected: "0123abc")) {
            try history.append(moved)
        }
        try history.append(moved, isAnchorNew: true)
        #expect(history.entries.map(\.anchor) == ["0123abc", "newer"])
    }
}

extension String {
    fileprivate func replacing(_ old: String, with new: String) -> String {
        split(separator: old, omittingEmptySubsequences: false).joined(separator: new)
    }
}
