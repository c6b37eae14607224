// Short forms of the command line, and the changes of a scenario that they stand for.

import AeroLoad
import Testing

@testable import AeroCommand

@Suite struct LoadFlagsTests {
    static func scenario(_ load: String, classes: [String] = ["main"]) throws -> Scenario {
        let text =
            "name: flags\nduration: 1s\nclasses:\n"
            + classes.map {
                "  - { name: \($0), message-size: 64B, load: \(load) }\n"
            }.joined()
        return try Scenario.parse(Array(text.utf8), fileName: "flags.yaml")
    }

    static func overrides(_ words: [String], _ scenario: Scenario) throws -> [String] {
        let arguments = try ArgumentParser.parse(words, RunOptions.specification)
        return try LoadFlags.overrides(arguments, of: scenario)
    }

    @Test func eachStandsForOneKey() throws {
        let scenario = try Self.scenario("{ schedule: poisson, rate: 10/s }")
        let overrides = try Self.overrides(
            [
                "--rate", "50k", "--size", "100", "--producers", "2", "--consumers", "3",
                "--topics", "4", "--partitions", "5", "--acks", "all", "--workers", "6",
                "--processes", "2",
            ], scenario)
        #expect(
            Set(overrides) == [
                "classes.main.load.rate=50k/s", "classes.main.message-size=100B",
                "classes.main.producers=2", "classes.main.consumers-per-group=3",
                "classes.main.topics=4", "classes.main.partitions=5", "classes.main.acks=all",
                "workers=6", "processes=2",
            ])
        #expect(try Self.overrides([], scenario) == [])
    }

    @Test func unitsMayBeWritten() throws {
        let scenario = try Self.scenario("{ schedule: constant, rate: 10/s }")
        #expect(
            try Self.overrides(["--rate", "2.5/s", "--size", "4KiB"], scenario) == [
                "classes.main.message-size=4KiB", "classes.main.load.rate=2.5/s",
            ])
    }

    /// A load that goes by the target's pace has no rate to change.
    @Test func aRateMakesALoadConstant() throws {
        let scenario = try Self.scenario("{ schedule: maximum, in-flight: 9 }")
        let overrides = try Self.overrides(["--rate", "1000"], scenario)
        #expect(overrides == ["classes.main.load={ schedule: constant, rate: 1000/s }"])
        let text =
            "name: x\nduration: 1s\nclasses:\n"
            + "  - { name: main, message-size: 64B, load: { schedule: maximum, in-flight: 9 } }\n"
        let changed = try Scenario.parse(
            Array(text.utf8), fileName: "x.yaml", overrides: overrides)
        #expect(changed.classes[0].load.rate?.messagesPerSecond == 1_000)
    }

    @Test func ofSeveralClassesNoneIsMeant() throws {
        let scenario = try Self.scenario(
            "{ schedule: constant, rate: 10/s }", classes: ["hot", "bulk"])
        #expect(throws: CommandError.self) { try Self.overrides(["--rate", "5"], scenario) }
        #expect(throws: CommandError.self) { try Self.overrides(["--size", "64"], scenario) }
        #expect(try Self.overrides(["--workers", "2"], scenario) == ["workers=2"])
    }
}
