// Every producer, consumer and topic-partition has its place in the layout, once.

import AeroLoad
import TestSupport
import Testing

@Suite struct LoadPlanTests {
    static func scenario(_ random: inout SplitMix64) throws -> Scenario {
        let classes = (0..<Int.random(in: 1...4, using: &random)).map { index in
            let topics = Int.random(in: 1...5, using: &random)
            let partitions = Int.random(in: 1...6, using: &random)
            return """
                  - name: class-\(index)
                    topics: \(topics)
                    partitions: \(partitions)
                    producers: \(Int.random(in: 1...9, using: &random))
                    consumers-per-group: \(Int.random(in: 1...topics * partitions, using: &random))
                    groups: \(Int.random(in: 0...3, using: &random))
                    message-size: 1KiB
                    load: { schedule: constant, rate: 10/s }
                """
        }
        return try ScenarioFixture.parse(
            """
            name: layout
            duration: 1s
            workers: \(Int.random(in: 1...7, using: &random))
            classes:
            \(classes.joined(separator: "\n"))
            """)
    }

    @Test func processesShareTheWorkersInOrder() throws {
        let scenario = try ScenarioFixture.parse(
            ScenarioFixture.minimal, overrides: ["workers=7", "processes=3"])
        let plan = LoadPlan(scenario, runId: "r1")
        let shares = (0..<3).map { plan.share(ofProcess: $0, of: 3) }
        #expect(shares.flatMap(Array.init) == Array(0..<7))
        #expect(shares.allSatisfy { !$0.isEmpty })
    }

    @Test func everyProcessNeedsAWorker() throws {
        let scenario = try ScenarioFixture.parse(
            ScenarioFixture.minimal, overrides: ["processes=3"])
        #expect(scenario.workerCount == 3 && scenario.processCount == 3)
        #expect(throws: ScenarioError.self) {
            try ScenarioFixture.parse(
                ScenarioFixture.minimal, overrides: ["workers=2", "processes=3"])
        }
    }

    @Test(arguments: 0..<100) func everybodyHasOnePlace(round: Int) throws {
        let seed = TestSeed.current &+ UInt64(round)
        var random = SplitMix64(seed: seed)
        let scenario = try Self.scenario(&random)
        let plan = LoadPlan(scenario, runId: "r1")
        #expect(plan.assignments.map(\.worker) == Array(0..<scenario.workerCount))
        let producers = plan.assignments.flatMap(\.producers)
        let consumers = plan.assignments.flatMap(\.consumers)
        for (index, each) in scenario.classes.enumerated() {
            let comment: Comment = "seed \(seed)"
            let mine = producers.filter { $0.classIndex == index }.map(\.producer)
            #expect(mine.sorted() == Array(0..<each.producerCount), comment)
            for group in 0..<each.groupCount {
                let members = consumers.filter { $0.classIndex == index && $0.group == group }
                #expect(
                    members.map(\.consumer).sorted() == Array(0..<each.consumersPerGroup),
                    comment)
                let covered = members.flatMap(\.destinations).sorted()
                #expect(covered == Array(0..<each.destinationCount), comment)
                #expect(members.allSatisfy { !$0.destinations.isEmpty }, comment)
            }
        }
        let expected = scenario.classes.reduce(0) { $0 + $1.groupCount * $1.consumersPerGroup }
        #expect(consumers.count == expected, "seed \(seed)")
        // No worker has two producers or consumers more than another.
        for counts in [
            plan.assignments.map(\.producers.count), plan.assignments.map(\.consumers.count),
        ] {
            #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 1, "seed \(seed)")
        }
    }

    @Test func twoWorkersSplitIntoASenderAndAReceiver() throws {
        let scenario = try ScenarioFixture.parse(ScenarioFixture.minimal, overrides: ["workers=2"])
        let assignments = LoadPlan(scenario, runId: "r1").assignments
        #expect(assignments.map(\.producers.count) == [1, 0])
        #expect(assignments.map(\.consumers.count) == [0, 1])
    }

    @Test func namesAreOfThisRunAlone() throws {
        let scenario = try ScenarioFixture.parse(ScenarioFixture.minimal)
        let (one, other) = (LoadPlan(scenario, runId: "r1"), LoadPlan(scenario, runId: "r2"))
        #expect(one.topicName(classIndex: 0, topic: 0) == "tiny.main.0.r1")
        #expect(
            one.topicName(classIndex: 0, topic: 0) != other.topicName(classIndex: 0, topic: 0))
        #expect(one.groupName(classIndex: 0, group: 0) != one.groupName(classIndex: 0, group: 1))
    }
}
