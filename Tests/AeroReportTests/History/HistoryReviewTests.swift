// What a history comes to: budgets, changes, and how both are shown.

import Testing

@testable import AeroReport

struct HistoryReviewTests {
    /// A history of one metric whose worsenings are given, in shares of the anchor.
    private func history(
        _ worsenings: [Double], name: String = "e2e.intended.p99",
        scale: MetricScale = .ratio, anchor: (Int) -> String = { _ in "anchor" }
    ) throws -> History {
        var history = History()
        for (index, worsening) in worsenings.enumerated() {
            let isRate = scale == .inverseRatio
            let metric = GateMetric(
                scenario: "latency-1k", className: "main", name: name,
                unit: isRate ? .messagesPerSecond : .nanoseconds, scale: scale, practical: 0.05,
                resolution: 0.1, floor: isRate ? 0 : 50_000)
            let shift = scale.difference(worsening: worsening)
            var entry = try Self.entry
            entry.commit = "c\(index)"
            entry.anchor = anchor(index)
            entry.measuredAt = "2026-02-\(index < 9 ? "0" : "")\(index + 1)T00:00:00.000Z"
            entry.runs = ["run-\(index)"]
            if index >= 6 { entry.environment.kernel = "9.9" }
            entry.metrics = [
                HistoryMetric(
                    metric: metric, pairCount: 8, anchor: 5_000_000,
                    candidate: 5_000_000 * (1 + worsening), shift: shift, lower: shift - 0.01,
                    upper: shift + 0.01)
            ]
            try history.append(entry, isAnchorNew: true)
        }
        return history
    }

    /// Levels with a little noise.
    private static func course(_ count: Int, _ level: (Int) -> Double) -> [Double] {
        (0..<count).map { index in
            let noise = index.isMultiple(of: 2) ? 0.002 : 0
            return level(index) + noise
        }
    }

    private static var entry: HistoryEntry {
        get throws {
            let one = try SampleResult().document()
            var other = one
            other.id = "other"
            return try HistoryEntry(anchor: [one], candidate: [other], policy: GatePolicy())
        }
    }

    private func report(
        _ worsenings: [Double], policy: GatePolicy = GatePolicy()
    ) throws -> HistoryReview {
        HistoryReview(try history(worsenings), policy: policy)
    }

    /// Each step is below the 5 % of the gate; together they are above the 10 % of the budget.
    private let creeping = Self.course(12) { 0.01 * Double($0 + 1) }

    @Test func smallLossesAddUp() throws {
        let report = try report(creeping)
        #expect(report.verdict == .fail)
        let course = try #require(report.courses.first)
        #expect(course.verdict == .fail && course.levelEntryCount == 5)
        #expect(course.budget == MetricScale.ratio.difference(worsening: 0.1))
        let text = report.text()
        #expect(text.contains("! latency-1k: main: e2e.intended.p99 is at +10."), "\(text)")
        #expect(text.hasSuffix("FAIL: small losses add up to more than their budget\n"))
        // At the same time no step was one that a gate would have seen.
        #expect(zip(creeping, creeping.dropFirst()).allSatisfy { $1 - $0 < 0.05 })
        #expect(try self.report(Array(creeping.prefix(9))).verdict == .pass)
    }

    @Test func aLargerBudgetLastsLonger() throws {
        var policy = GatePolicy()
        policy.limits.creep = [.latency(.percentile(99)): 0.2]
        #expect(try report(creeping, policy: policy).verdict == .pass)
        policy.limits.creep = [.latency(.percentile(99)): 0.02]
        #expect(try report(Array(creeping.prefix(6)), policy: policy).verdict == .fail)
        // No limit and no budget: shown, and never a failure.
        policy.limits.creep = [:]
        policy.limits.relative = [:]
        let open = try report(creeping, policy: policy)
        #expect(open.verdict == .pass && open.courses[0].budget == nil)
    }

    /// 12 % of 100 us is less than the 50 us that matter.
    @Test func aFloorIsPartOfABudget() throws {
        var history = History()
        for var entry in try self.history(creeping).entries {
            entry.metrics[0].anchor = 100_000
            entry.metrics[0].candidate = 110_000
            try history.append(entry)
        }
        #expect(HistoryReview(history, policy: GatePolicy()).verdict == .pass)
    }

    /// Five entries are the fewest whose level is told from chance.
    @Test func fewEntriesCannotTell() throws {
        let few = try report([0.5, 0.5, 0.5, 0.5])
        #expect(few.verdict == .pass && few.courses[0].verdict == .inconclusive)
        #expect(few.text().contains("1 of 1 metrics cannot be judged"))
        var strict = GatePolicy()
        strict.inconclusive = .fail
        #expect(try report([0.5, 0.5, 0.5, 0.5], policy: strict).verdict == .inconclusive)
        #expect(try report([0.5, 0.5, 0.5, 0.5, 0.5]).verdict == .fail)
        #expect(HistoryReview(History(), policy: GatePolicy()).verdict == .inconclusive)
        // As often better as worse: large, and nothing beyond chance.
        #expect(try report([0.5, -0.3, 0.5, -0.3, 0.5]).verdict == .pass)
    }

    /// What the newest entry does not have any more cannot be judged.
    @Test func aMetricThatIsGoneIsNotPassed() throws {
        var history = try history(creeping)
        var last = try #require(history.entries.last)
        last.runs = ["without"]
        last.metrics[0].metric.name = "e2e.intended.p50"
        try history.append(last)
        let report = HistoryReview(history, policy: GatePolicy())
        #expect(report.courses.map(\.metric.name) == ["e2e.intended.p50", "e2e.intended.p99"])
        #expect(report.courses.allSatisfy { $0.verdict == .inconclusive })
    }

    @Test func aRateThatFallsIsALoss() throws {
        let falling = HistoryReview(
            try history(
                [0.1, 0.11, 0.1, 0.11, 0.1], name: "throughput.received",
                scale: .inverseRatio), policy: GatePolicy())
        #expect(falling.verdict == .fail)
        #expect(falling.text().contains("main: throughput.received is at -10.5 %"))
        let rising = HistoryReview(
            try history(
                [-0.1, -0.11, -0.1, -0.11, -0.1], name: "throughput.received",
                scale: .inverseRatio), policy: GatePolicy())
        #expect(rising.verdict == .pass)
    }

    @Test func anotherAnchorBeginsAnew() throws {
        let history = try history(creeping) { $0 < 8 ? "old" : "new" }
        let report = HistoryReview(history, policy: GatePolicy())
        #expect(report.entries.map(\.commit) == ["c8", "c9", "c10", "c11"])
        #expect(report.anchor == "new" && report.earlierCount == 8)
        #expect(report.text().contains("8 earlier entries are against other anchors."))
    }

    private let stepped = Self.course(20) { $0 < 12 ? 0.01 : 0.06 }

    /// A level is read from behind the last change, and the change is named.
    @Test func changesAreNamedWithTheirCommit() throws {
        let report = try report(stepped)
        let course = try #require(report.courses.first)
        #expect(course.changes.map(\.index) == [12])
        #expect(course.stretches.map(\.range) == [0..<12, 12..<20])
        let text = report.text()
        #expect(text.contains("+4.9 % at c12"), "\(text)")
        #expect(text.contains("▁▁▁▁▁▁▁▁▁▁▁▁|") || text.contains("|█"), "\(text)")
        // The newest fifteen entries, and where the machine changed.
        #expect(!text.contains("  c4 ") && text.contains("kernel 9.9"))
    }

    @Test func aPageHasEveryEntryOnce() throws {
        let report = try report(stepped)
        let page = report.html()
        let scanner = HTMLScanner(page)
        #expect(scanner.faults.isEmpty, "\(scanner.faults)")
        #expect(scanner.elements["figure"] == 1)
        for words in [
            "<h1>Benchmark history</h1>", "history against anchor anchor: 20 entries",
            "main: e2e.intended.p99", "c0, 2026-02-01\t", "c19, 2026-02-20\t", "at c12",
            "with a budget of +10.0 %", "kernel 9.9", "entry with its interval",
        ] { #expect(page.contains(words), "\(words)") }
        #expect(page == HistoryReview(try history(stepped), policy: GatePolicy()).html())
        for hostile in [HistoryReview(History(), policy: GatePolicy()), try self.report([0])] {
            let page = hostile.html()
            #expect(HTMLScanner(page).faults.isEmpty)
            for word in page.lowercased().split(whereSeparator: { !$0.isLetter }) {
                #expect(!["nan", "infinity"].contains(word))
            }
        }
    }

    @Test func hostileNamesStayText() throws {
        var history = History()
        var entry = try Self.entry
        let hostile = "</title><script>alert(1)</script>\"\t"
        entry.commit = hostile
        entry.anchor = hostile
        entry.environment.kernel = hostile
        entry.metrics[0].metric.scenario = hostile
        entry.metrics[0].metric.className = hostile
        try history.append(entry)
        let page = HistoryReview(history, policy: GatePolicy()).html()
        let scanner = HTMLScanner(page)
        #expect(scanner.faults.isEmpty, "\(scanner.faults)")
        #expect(scanner.elements["script"] == 1 && !page.contains("<script>alert"))
    }
}
