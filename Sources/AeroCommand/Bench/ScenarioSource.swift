// Which file a scenario comes from, and reading it.

import AeroIO
import AeroLoad
import AeroReport

/// The text of a scenario, which every run of a search or a matrix reads with other changes.
struct ScenarioText: Sendable {
    /// YAML in UTF-8.
    let bytes: [UInt8]
    /// How messages call it.
    let fileName: String

    /// Reads and checks the scenario, its objectives included.
    ///
    /// - Parameter overrides: `KEY=VALUE`, later ones win.
    func scenario(_ overrides: [String] = []) throws(CommandError) -> Scenario {
        let scenario: Scenario
        do throws(ScenarioError) {
            scenario = try Scenario.parse(bytes, fileName: fileName, overrides: overrides)
        } catch {
            throw .failed("\(error)")
        }
        for objective in scenario.objectives { try Self.check(objective, of: scenario) }
        return scenario
    }

    private static func check(
        _ objective: Scenario.Objective, of scenario: Scenario
    ) throws(CommandError) {
        let place = "\(objective.position): slo \"\(objective.text)\""
        let names = scenario.classes.map(\.name)
        let parsed: ServiceLevelObjective
        do throws(ObjectiveError) {
            parsed = try ServiceLevelObjective(parsing: objective.text)
        } catch {
            throw .failed("\(place): \(error)")
        }
        guard let name = parsed.className, !names.contains(name) else { return }
        throw .failed(
            "\(place): there is no class \(name)" + Spelling.hint(for: name, among: names))
    }
}

/// Finds and reads scenarios.
enum ScenarioSource {
    /// Where a name without a path is looked up, from the working directory.
    static let folder = "Benchmarks/Scenarios"

    /// Reads and checks a scenario, its objectives included.
    ///
    /// - Parameters:
    ///   - name: A file, or the name of one in `folder` without its ending.
    ///   - overrides: `KEY=VALUE`, later ones win.
    static func load(_ name: String, overrides: [String] = []) throws(CommandError) -> Scenario {
        try read(name).scenario(overrides)
    }

    /// The text of a scenario.
    ///
    /// - Parameter name: A file, or the name of one in `folder` without its ending.
    static func read(_ name: String) throws(CommandError) -> ScenarioText {
        let path = try ShippedFile.find(name, in: folder, "scenario", plural: "scenarios")
        do throws(Errno) {
            return ScenarioText(bytes: try InputFile.read(path), fileName: path)
        } catch {
            throw .failed("cannot read \(path): \(error)")
        }
    }
}

extension JSONValue {
    /// A scenario's tree as the result keeps it.
    init(_ tree: ScenarioTree) {
        switch tree {
        case .text(let text): self = .string(text)
        case .integer(let value):
            // A seed may need all 64 bits, which JSON's readers do not have.
            self = Int64(exactly: value).map(JSONValue.integer) ?? .string("\(value)")
        case .list(let elements): self = .array(elements.map(JSONValue.init))
        case .object(let members):
            self = .object(
                Dictionary(
                    members.map { ($0.key, JSONValue($0.value)) }, uniquingKeysWith: { $1 }))
        }
    }
}
