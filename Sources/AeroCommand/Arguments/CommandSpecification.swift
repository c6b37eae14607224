// What a subcommand is called, takes and looks like in its help.

/// One `--option` of a subcommand.
package struct OptionSpecification: Sendable, Equatable {
    /// The name with both dashes, e.g. `--listen`.
    package let name: String
    /// What stands for the value in the help; nil for an option without one.
    package let value: String?
    /// One line for the help.
    package let help: String
    /// Whether it may be given more than once.
    package let isRepeatable: Bool

    /// An option with a value.
    package init(_ name: String, _ value: String, isRepeatable: Bool = false, _ help: String) {
        self.name = name
        self.value = value
        self.help = help
        self.isRepeatable = isRepeatable
    }

    /// An option without a value.
    package init(_ name: String, _ help: String) {
        self.name = name
        value = nil
        self.help = help
        isRepeatable = false
    }
}

/// A subcommand as its user sees it.
package struct CommandSpecification: Sendable {
    /// The words that choose it, e.g. `topic create`.
    package let name: String
    /// One line for the list of commands.
    package let summary: String
    /// The names of what is not an option, in order; a name in brackets may be left out, and the
    /// last one may end in three dots, which stands for one or more.
    package let operands: [String]
    /// Its options, `--help` left out.
    package let options: [OptionSpecification]
    /// What to know beyond the options; may be empty.
    package let remarks: String
    /// Whole command lines that work.
    package let examples: [String]

    package init(
        _ name: String, summary: String, operands: [String] = [],
        options: [OptionSpecification] = [], remarks: String = "", examples: [String]
    ) {
        self.name = name
        self.summary = summary
        self.operands = operands
        self.options = options
        self.remarks = remarks
        self.examples = examples
    }

    /// How many operands it cannot do without.
    var requiredOperandCount: Int { operands.count { !$0.hasPrefix("[") } }

    /// How many operands it takes at most.
    var operandCountMax: Int {
        operands.last?.hasSuffix("...") == true ? .max : operands.count
    }

    /// The command and its operands, e.g. `aerobench run SCENARIO [OPTION]...`.
    func usage(program: String) -> String {
        let words = [program, name] + operands + (options.isEmpty ? [] : ["[OPTION]..."])
        return words.filter { !$0.isEmpty }.joined(separator: " ")
    }

    /// The whole help, with a final line break.
    func help(program: String) -> String {
        var lines = ["Usage: \(usage(program: program))", "", summary + "."]
        if !remarks.isEmpty { lines += ["", remarks] }
        let entries =
            options.map { option in
                (option.value.map { "\(option.name) \($0)" } ?? option.name, option.help)
            } + [("--help", "this text")]
        lines += ["", "Options:"] + HelpColumns.lines(entries)
        lines += ["", "Examples:"] + examples.map { "  \($0)" }
        return lines.joined(separator: "\n") + "\n"
    }
}

/// Two columns of a help text.
enum HelpColumns {
    // BOUND: a first column that is wider takes a line of its own.
    private static let widthMax = 24

    /// `  first  second`, the second column aligned.
    static func lines(_ entries: [(String, String)]) -> [String] {
        let width = entries.map(\.0.count).filter { $0 <= widthMax }.max() ?? 0
        return entries.flatMap { first, second in
            if first.count > width {
                return ["  \(first)", "  \(String(repeating: " ", count: width))  \(second)"]
            }
            return ["  \(first)\(String(repeating: " ", count: width - first.count))  \(second)"]
        }
    }
}
