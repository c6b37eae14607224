// Benchmarks/README.md against the parser: every example is legal, and every key has one.

import AeroLoad
import Foundation
import Testing

@Suite struct ScenarioDocumentationTests {
    /// The examples of a section's table: what stands between backticks in the first column.
    static func examples(_ section: String) throws -> [String] {
        let readme = URL(fileURLWithPath: ScenarioFixture.shippedFolder)
            .deletingLastPathComponent().appendingPathComponent("README.md")
        let text = try String(contentsOf: readme, encoding: .utf8)
        let start = try #require(text.range(of: "\n### \(section)\n"))
        let body = text[start.upperBound...].components(separatedBy: "\n#")[0]
        return body.components(separatedBy: "\n").filter { $0.hasPrefix("| `") }
            .flatMap { row in
                let cell = row.components(separatedBy: " | ")[0]
                return cell.components(separatedBy: "`").enumerated()
                    .filter { $0.offset % 2 == 1 }.map(\.element)
            }
    }

    static let classSections = [
        "Topics, consumers and batches", "Schedules", "Messages", "Slow consumers",
    ]

    /// Parses a scenario with one key as an example has it.
    static func parse(_ example: String, isOfClass: Bool) throws
        -> Scenario
    {
        let colon = try #require(example.range(of: ": "))
        let key = example[..<colon.lowerBound]
        var overrides = ["duration=60s", "classes.main.durability=os"]
        // Some keys mean something only beside another.
        if !isOfClass { overrides.append("stages=true") }
        overrides.append(
            "\(isOfClass ? "classes.main." : "")\(key)=\(example[colon.upperBound...])")
        return try ScenarioFixture.parse(ScenarioFixture.minimal, overrides: overrides)
    }

    @Test func everyExampleIsLegal() throws {
        for example in try Self.examples("The run") {
            #expect(throws: Never.self, "\(example)") {
                try Self.parse(example, isOfClass: false)
            }
        }
        var count = 0
        for section in Self.classSections {
            for example in try Self.examples(section) where !example.contains("file:") {
                // A file that is named has to be there.
                #expect(throws: Never.self, "\(example)") {
                    try Self.parse(example, isOfClass: true)
                }
                count += 1
            }
        }
        #expect(count > 30, "the tables are found")
    }

    @Test func everyKeyHasAnExample() throws {
        var text = try Self.examples("The run").joined(separator: " ")
        for section in Self.classSections {
            text += " " + (try Self.examples(section)).joined(separator: " ")
        }
        for key in Scenario.keys where key != "classes" {
            #expect(text.contains("\(key):"), "\(key) of a scenario")
        }
        for key in TrafficClass.keys { #expect(text.contains("\(key):"), "\(key) of a class") }
        for key in LoadShape.keys { #expect(text.contains("\(key):"), "\(key) of a load") }
        for schedule in LoadShape.Name.allCases {
            #expect(text.contains("schedule: \(schedule.rawValue)"), "\(schedule)")
        }
    }
}
