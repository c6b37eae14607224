// `aerobench scenario check`: what a scenario file means.

import AeroLoad

enum ScenarioCheckCommand {
    static let subcommand = Subcommand(
        CommandSpecification(
            "scenario check", summary: "Check a scenario and print it with every default filled in",
            operands: ["SCENARIO"],
            options: [
                OptionSpecification(
                    "--set", "KEY=VALUE", isRepeatable: true, "change one value; may be repeated"),
                OptionSpecification("--json", "print one line of JSON, which is a scenario again"),
            ],
            examples: [
                "aerobench scenario check my-scenario.yaml",
                "aerobench scenario check latency-1k --set classes.main.load.rate=50k/s --json",
            ])
    ) { (arguments, console) throws(CommandError) in
        let scenario = try ScenarioSource.load(
            arguments.operands[0], overrides: arguments.texts("--set"))
        let tree = scenario.resolvedTree
        console.write(arguments.has("--json") ? tree.json + "\n" : tree.yaml)
        return .pass
    }
}

extension ScenarioTree {
    /// The tree as YAML that reads back as the same, with a final line break.
    var yaml: String { yamlLines().map { $0 + "\n" }.joined() }

    private func yamlLines() -> [String] {
        guard case .object(let members) = self else { return [json] }
        return members.flatMap { member in
            switch member.value {
            case .object: ["\(member.key):"] + member.value.yamlLines().map { "  " + $0 }
            case .list(let elements) where !elements.isEmpty:
                ["\(member.key):"]
                    + elements.flatMap { element in
                        element.yamlLines().enumerated().map { $0 == 0 ? "  - " + $1 : "    " + $1 }
                    }
            case .text(let text): ["\(member.key): \(Self.plain(text))"]
            case .integer, .list: ["\(member.key): \(member.value.json)"]
            }
        }
    }

    /// Text without quotes where YAML needs none.
    private static func plain(_ text: String) -> String {
        let isPlain =
            !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "/"),
                    UInt8(ascii: "-"):
                    true
                default: false
                }
            }
        return isPlain && !text.hasPrefix("-") ? text : ScenarioTree.text(text).json
    }
}
