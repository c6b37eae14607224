// From words to options and operands, strictly.

import AeroLoad

/// Reads the words after a subcommand's name by its specification.
enum ArgumentParser {
    /// Takes the words apart. `--name VALUE` and `--name=VALUE` are the same; `--` ends options.
    ///
    /// - Throws: `.usage` that names the word and the nearest option there is.
    static func parse(
        _ words: some Sequence<String>, _ specification: CommandSpecification
    ) throws(CommandError) -> ParsedArguments {
        var arguments = ParsedArguments()
        var rest = Array(words)[...]
        var takesOptions = true
        while let word = rest.popFirst() {
            if takesOptions, word == "--" {
                takesOptions = false
            } else if takesOptions, word == "--help" || word == "-h" {
                arguments.wantsHelp = true
                return arguments
            } else if takesOptions, word.hasPrefix("-"), word != "-" {
                try option(word, &rest, specification, &arguments)
            } else {
                arguments.operands.append(word)
            }
        }
        try checkOperands(arguments.operands, specification)
        return arguments
    }

    private static func option(
        _ word: String, _ rest: inout ArraySlice<String>, _ specification: CommandSpecification,
        _ arguments: inout ParsedArguments
    ) throws(CommandError) {
        let equals = word.firstIndex(of: "=")
        let name = equals.map { String(word[..<$0]) } ?? word
        guard let option = specification.options.first(where: { $0.name == name }) else {
            let known = specification.options.map(\.name) + ["--help"]
            throw .usage("unknown option \(name)" + Spelling.hint(for: name, among: known))
        }
        if arguments.values[name] != nil, !option.isRepeatable {
            throw .usage("\(name) is given twice")
        }
        guard let placeholder = option.value else {
            if equals != nil { throw .usage("\(name) takes no value") }
            arguments.values[name] = [""]
            return
        }
        if let equals {
            arguments.values[name, default: []].append(String(word[word.index(after: equals)...]))
        } else if let value = rest.popFirst() {
            arguments.values[name, default: []].append(value)
        } else {
            throw .usage("\(name) needs a value: \(name) \(placeholder)")
        }
    }

    private static func checkOperands(
        _ operands: [String], _ specification: CommandSpecification
    ) throws(CommandError) {
        if operands.count < specification.requiredOperandCount {
            throw .usage("\(specification.operands[operands.count]) is missing")
        }
        if operands.count > specification.operandCountMax {
            throw .usage("\"\(operands[specification.operands.count])\" is one word too many")
        }
    }
}

/// What the user probably meant.
enum Spelling {
    /// `; did you mean "x"?`, or nothing when no known word is near.
    static func hint(for word: String, among known: [String]) -> String {
        NearestName.suggestion(for: word, among: known).map { "; did you mean \"\($0)\"?" } ?? ""
    }
}
