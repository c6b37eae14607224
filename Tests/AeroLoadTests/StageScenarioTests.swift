// The keys `stages` and `slowest` of a scenario.

import AeroLoad
import Testing

@Suite struct StageScenarioTests {
    @Test func stagesAreOffUntilAskedFor() throws {
        let plain = try ScenarioFixture.parse(ScenarioFixture.minimal)
        #expect(plain.stages == nil)
        // A default is left out: results from before the keys stay comparable.
        #expect(!plain.resolvedTree.json.contains("stages"))
        let off = try ScenarioFixture.parse(ScenarioFixture.minimal, overrides: ["stages=false"])
        #expect(off == plain)
    }

    @Test(arguments: [nil, 0, 16, 1_000] as [Int?])
    func whatIsAskedForReadsBack(slowest: Int?) throws {
        let scenario = try ScenarioFixture.parse(
            ScenarioFixture.minimal,
            overrides: ["stages=true"] + (slowest.map { ["slowest=\($0)"] } ?? []))
        #expect(scenario.stages?.slowestCount == slowest ?? 16)
        let json = scenario.resolvedTree.json
        #expect(try Scenario.parse(Array(json.utf8), fileName: "again.json") == scenario)
    }

    @Test(arguments: [
        (["stages=maybe"], "true, false"),
        (["stages=true", "slowest=1001"], "1000"),
        (["slowest=3"], "slowest: the slowest messages are kept where stages are measured"),
        (["stages=true", "classes.main.consume=pull"], "use consume: push"),
    ])
    func nonsenseIsRefused(overrides: [String], words: String) {
        let message = ScenarioFixture.message(ScenarioFixture.minimal, overrides: overrides)
        #expect(message.contains(words), "\(message)")
    }
}
