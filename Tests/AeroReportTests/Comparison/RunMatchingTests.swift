// Which runs belong together.

import Testing

@testable import AeroReport

struct RunMatchingTests {
    private func run(
        _ scenario: String, driver: String = "aeromq", rate: Double = 1_000
    ) throws -> ResultDocument {
        var sample = SampleResult()
        sample.scenario = scenario
        sample.driver = driver
        sample.rate = rate
        return try sample.document()
    }

    @Test func equalScenariosArePairedInTheOrderOfTheBaseline() throws {
        let baseline = [try run("b"), try run("a")]
        let matching = RunMatching(baseline: baseline, candidate: baseline.reversed())
        #expect(matching.matches.map(\.label) == ["b", "a"])
        #expect(matching.onlyBaseline.isEmpty && matching.onlyCandidate.isEmpty)
    }

    @Test func repeatsAreTakenTogether() throws {
        let one = try run("a")
        let matching = RunMatching(baseline: [one, one, one], candidate: [one])
        #expect(matching.matches.map(\.baseline.runs.count) == [3])
        #expect(matching.matches.map(\.candidate.runs.count) == [1])
    }

    @Test func nothingIsDropped() throws {
        let matching = RunMatching(
            baseline: [try run("a"), try run("b")], candidate: [try run("b"), try run("c")])
        #expect(matching.matches.map(\.label) == ["b"])
        #expect(matching.onlyBaseline == ["a"])
        #expect(matching.onlyCandidate.map(\.label) == ["c"])
    }

    @Test func aMatrixIsPairedByItsParameters() throws {
        let rates = [1_000.0, 2_000, 4_000]
        let baseline = try rates.map { try run("m", rate: $0) }
        let matching = RunMatching(baseline: baseline, candidate: [baseline[2], baseline[0]])
        #expect(
            matching.matches.map(\.label) == [
                "m (classes.main.load.rate=1000)", "m (classes.main.load.rate=4000)",
            ])
        #expect(matching.onlyBaseline == ["m (classes.main.load.rate=2000)"])
    }

    @Test func oneChangedParameterOrDriverStillPairs() throws {
        let changed = RunMatching(
            baseline: [try run("a")], candidate: [try run("a", rate: 5)])
        #expect(changed.matches.map(\.label) == ["a"])
        let moved = RunMatching(
            baseline: [try run("a")], candidate: [try run("a", driver: "relay")])
        #expect(moved.matches.map(\.label) == ["a"])
    }

    @Test func driversAreToldApart() throws {
        let baseline = [try run("a"), try run("a", driver: "relay")]
        let matching = RunMatching(baseline: baseline, candidate: [baseline[0]])
        #expect(matching.matches.map(\.label) == ["a (aeromq)"])
        #expect(matching.onlyBaseline == ["a (relay)"])
    }

    @Test func parametersThatDoNotChangeTheLoadAreIgnored() {
        let leaves = ParameterTree.leaves(
            .object([
                "name": .string("x"), "description": .string("y"), "seed": .integer(1),
                "slo": .array([.string("z")]), "duration": .string("5s"),
                "rate": .number(100), "empty": .object([:]), "list": .array([.integer(7)]),
            ]))
        #expect(
            leaves == [
                "duration": .string("5s"), "rate": .integer(100), "empty": .object([:]),
                "list.0": .integer(7),
            ])
    }
}
