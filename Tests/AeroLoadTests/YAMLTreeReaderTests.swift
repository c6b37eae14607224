// What the YAML layer refuses: bad syntax, features not used, sizes.

import AeroLoad
import TestSupport
import Testing

@Suite struct YAMLTreeReaderTests {
    @Test(arguments: [
        ("name: [1, 2", "scenario.yaml:2:1: not valid YAML: "),
        ("name: x\n\tduration: 1s", "scenario.yaml:2:1: not valid YAML: "),
        ("name: \"open", "scenario.yaml:1:12: not valid YAML: "),
        ("name: x\n  duration: 1s", "scenario.yaml:2:11: not valid YAML: "),
    ])
    func syntaxErrorsHaveTheirPlace(text: String, start: String) {
        let message = ScenarioFixture.message(text)
        #expect(message.hasPrefix(start), "\(message)")
        #expect(message.count > start.count, "libyaml's own explanation follows")
    }

    @Test(arguments: [
        (
            "",
            "scenario.yaml:1:1: the scenario is empty; it needs at least name, duration and classes"
        ),
        (
            "# only a comment\n",
            "scenario.yaml:2:1: the scenario is empty; it needs at least name, duration and classes"
        ),
        ("just text", "scenario.yaml:1:1: the scenario: expected a mapping, found \"just text\""),
        ("- a", "scenario.yaml:1:1: the scenario: expected a mapping, found a list"),
        (
            "name: &n x",
            "scenario.yaml:1:7: scenarios do not use anchors (\"&n\"); write the value out"
        ),
        (
            "name: *n",
            "scenario.yaml:1:7: scenarios do not use aliases (\"*n\"); write the value out"
        ),
        (
            "name: !!str x",
            "scenario.yaml:1:7: scenarios do not use tags (\"tag:yaml.org,2002:str\")"
        ),
        ("name: x\n---\nname: y", "scenario.yaml:2:1: scenarios do not use more than one document"),
        ("[a]: x", "scenario.yaml:1:1: scenarios do not use a list or mapping as a key"),
    ])
    func unusedFeaturesAreRefusedByName(text: String, message: String) {
        #expect(ScenarioFixture.message(text) == message)
    }

    @Test func invalidUTF8HasItsPlace() throws {
        let bytes = Array("name: x\nabc: ".utf8) + [0xFF]
        let error = #expect(throws: ScenarioError.self) {
            try Scenario.parse(bytes, fileName: "scenario.yaml")
        }
        #expect(
            error?.description
                == "scenario.yaml:2:6: not valid YAML: invalid leading UTF-8 octet")
    }

    @Test func controlCharactersAreRefused() {
        let message = ScenarioFixture.message("name: x\u{0}y")
        #expect(message.hasPrefix("scenario.yaml:1:8: not valid YAML: "), "\(message)")
    }

    @Test func sizeIsBounded() {
        let message = ScenarioFixture.message(String(repeating: "#\n", count: 200_000))
        #expect(
            message == "scenario.yaml:1:1: the scenario has 400000 bytes; the limit is 262144")
    }

    @Test func depthIsBounded() {
        let nested = String(repeating: "[", count: 5_000) + String(repeating: "]", count: 5_000)
        #expect(
            ScenarioFixture.message("name: " + nested)
                == "scenario.yaml:1:18: nested deeper than 12 levels")
    }

    @Test func nodeCountIsBounded() {
        let many = "[" + String(repeating: "a,", count: 30_000) + "]"
        #expect(ScenarioFixture.message("name: " + many).hasSuffix("more than 20000 values"))
    }

    @Test func columnsCountCharactersNotBytes() {
        #expect(
            ScenarioFixture.message("{ description: \"ümläut\", nam: x }")
                == "scenario.yaml:1:26: unknown key \"nam\" in the scenario; did you mean \"name\"?"
        )
    }

    @Test func messagesAreOneLine() {
        let message = ScenarioFixture.message("name: x\n\"a\\nb\": 1")
        #expect(message == "scenario.yaml:2:1: unknown key \"a\\nb\" in the scenario")
        let long = ScenarioFixture.message("name: " + String(repeating: "x y", count: 1_000))
        #expect(long.count < 250, "\(long)")
    }

    @Test func mutatedScenariosNeverCrash() {
        let seed = TestSeed.current
        var random = SplitMix64(seed: seed)
        for file in ScenarioFixture.shippedFiles() {
            let original = ScenarioFixture.shippedBytes(file)
            for _ in 0..<300 {
                var bytes = original
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    let place = Int.random(in: 0..<bytes.count, using: &random)
                    switch Int.random(in: 0..<3, using: &random) {
                    case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                    case 1: bytes.remove(at: place)
                    default: bytes.insert(bytes[place], at: place)
                    }
                }
                do throws(ScenarioError) {
                    let scenario = try Scenario.parse(bytes, fileName: file)
                    #expect(!scenario.classes.isEmpty, "seed \(seed)")
                } catch {
                    #expect(error.description.hasPrefix(file + ":"), "seed \(seed)")
                    #expect(!error.description.contains("\n"), "seed \(seed)")
                }
            }
        }
    }
}
