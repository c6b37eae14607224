// What a verdict makes of incidents.

import AeroReport
import Testing

struct IncidentExcuseTests {
    private static let codes = [
        "lag-over-budget", "rate-not-reached", "broker-hiccups", "counts-differ", "unanswered",
    ]

    private func remaining(_ kinds: [IncidentKind]) -> [String] {
        let verdict = ValidityRecord(
            isValid: false,
            reasons: Self.codes.map { ValidityReason(code: $0, message: "") }, warnings: [])
        let excused = verdict.excusing(kinds)
        #expect(Set((excused.reasons + excused.warnings).map(\.code)) == Set(Self.codes))
        #expect(!excused.isValid)
        return excused.reasons.map(\.code)
    }

    @Test func latenessIsTheFindingWhereTheTargetWasHeldUp() {
        #expect(remaining([.pause]) == ["counts-differ", "unanswered"])
        #expect(remaining([.diskDelay]) == ["counts-differ", "unanswered"])
        #expect(remaining([.disconnect]) == ["broker-hiccups", "counts-differ", "unanswered"])
        #expect(remaining([.kill]) == ["unanswered"])
        #expect(remaining([.disconnect, .kill]) == ["unanswered"])
    }

    /// Consumers hold up nothing but themselves.
    @Test(
        arguments: [[], [.backlog], [.slowConsumer], [.backlog, .slowConsumer]] as [[IncidentKind]])
    func whatConsumersPlayExcusesNothing(kinds: [IncidentKind]) {
        #expect(remaining(kinds) == Self.codes)
    }

    @Test func whatRemainsOfAVerdict() {
        let interval = IntervalVerdict(
            index: 0, startNanoseconds: 0, durationNanoseconds: 1, isValid: true, doubts: [])
        let verdict = ValidityRecord(
            isValid: false, reasons: [ValidityReason(code: "lag-over-budget", message: "")],
            warnings: [ValidityReason(code: "incident", message: "")], intervals: [interval])
        let excused = verdict.excusing([.pause])
        #expect(excused.isValid)
        #expect(excused.warnings.map(\.code) == ["incident", "lag-over-budget"])
        #expect(excused.intervals == [interval])
    }
}
