// Short forms for what people change most, as other tools call it.

import AeroLoad

/// Options that stand for one `--set` each. They change the only class that a scenario has; where
/// there are several, `--set` says which.
enum LoadFlags {
    static let options = [
        OptionSpecification("--duration", "D", "the same as --set duration=D"),
        OptionSpecification(
            "--rate", "N", "messages a second, as in 50k; a load without a rate becomes constant"),
        OptionSpecification("--size", "N", "bytes of a message, as in 100 or 4KiB"),
        OptionSpecification("--producers", "N", "producers"),
        OptionSpecification("--consumers", "N", "consumers of each group"),
        OptionSpecification("--topics", "N", "topics"),
        OptionSpecification("--partitions", "N", "partitions of each topic"),
        OptionSpecification("--acks", "0|1|all", "what a message waits for"),
        OptionSpecification("--workers", "N", "threads of the generator"),
        OptionSpecification("--processes", "N", "processes of the generator, see workers"),
    ]

    /// Flags that change the class, and the key of each.
    private static let classKeys = [
        ("--size", "message-size"), ("--producers", "producers"),
        ("--consumers", "consumers-per-group"), ("--topics", "topics"),
        ("--partitions", "partitions"), ("--acks", "acks"),
    ]

    /// What the flags change, as `KEY=VALUE`.
    ///
    /// - Parameters:
    ///   - arguments: Of a command with `options`.
    ///   - scenario: As it would be without them.
    static func overrides(
        _ arguments: ParsedArguments, of scenario: Scenario
    ) throws(CommandError) -> [String] {
        var overrides: [String] = []
        for key in ["workers", "processes"] {
            if let value = arguments.text("--\(key)") { overrides.append("\(key)=\(value)") }
        }
        for (flag, key) in classKeys {
            guard let value = arguments.text(flag) else { continue }
            let name = try className(flag, of: scenario)
            let text = key == "message-size" ? unit("B", of: value) : value
            overrides.append("classes.\(name).\(key)=\(text)")
        }
        if let value = arguments.text("--rate") {
            let name = try className("--rate", of: scenario)
            let rate = value.contains("/") ? value : "\(value)/s"
            overrides.append(
                scenario.classes[0].load.rate == nil
                    ? "classes.\(name).load={ schedule: constant, rate: \(rate) }"
                    : "classes.\(name).load.rate=\(rate)")
        }
        return overrides
    }

    private static func className(
        _ flag: String, of scenario: Scenario
    ) throws(CommandError) -> String {
        guard scenario.classes.count == 1 else {
            let names = scenario.classes.map(\.name).joined(separator: ", ")
            throw .usage(
                "\(flag): the scenario has the classes \(names); say which by --set "
                    + "classes.NAME.KEY=VALUE")
        }
        return scenario.classes[0].name
    }

    /// A number without a unit gets one.
    private static func unit(_ unit: String, of text: String) -> String {
        text.allSatisfy(\.isNumber) ? text + unit : text
    }
}
