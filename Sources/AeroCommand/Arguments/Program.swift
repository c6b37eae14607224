// An executable: its subcommands, and how one of them is chosen and run.

/// A subcommand and what it does.
package struct Subcommand: Sendable {
    /// How it is called and what it takes.
    package let specification: CommandSpecification
    /// Does it; the arguments are the words after its name, already taken apart.
    package let run: Action

    /// What a subcommand does.
    package typealias Action =
        @Sendable (_ arguments: ParsedArguments, _ console: Console) async throws(CommandError) ->
        ExitCode

    package init(_ specification: CommandSpecification, _ run: @escaping Action) {
        self.specification = specification
        self.run = run
    }
}

/// One executable.
package struct Program: Sendable {
    /// What it is called.
    package let name: String
    /// What it is, in one line.
    package let summary: String
    /// What it can do.
    package let subcommands: [Subcommand]

    package init(name: String, summary: String, subcommands: [Subcommand]) {
        self.name = name
        self.summary = summary
        self.subcommands = subcommands
    }

    /// Runs the subcommand that the words name.
    ///
    /// - Parameters:
    ///   - words: The command line without the program's own name.
    ///   - console: Where everything is written.
    /// - Returns: What the process is to exit with. Errors have been written by then.
    package func run(_ words: [String], console: Console) async -> ExitCode {
        do throws(CommandError) {
            return try await dispatch(words, console)
        } catch {
            console.error("\(name): \(error.message)")
            if case .usage = error { console.error(hint(words)) }
            return error.exitCode
        }
    }

    private func dispatch(_ words: [String], _ console: Console) async throws(CommandError)
        -> ExitCode
    {
        guard let first = words.first else {
            console.error(help)
            return .failure
        }
        if first == "--help" || first == "-h" || first == "help" && words.count == 1 {
            console.write(help)
            return .pass
        }
        if first == "--version" {
            console.write("\(name) \(ProductVersion.text)\n")
            return .pass
        }
        guard let found = subcommand(words) else {
            if Self.isGroup(first, of: subcommands) { return try dispatchGroup(words, console) }
            throw CommandError.usage(unknown(first, among: subcommands.map(\.firstWord)))
        }
        let arguments = try ArgumentParser.parse(
            words.dropFirst(found.words.count), found.specification)
        if arguments.wantsHelp {
            console.write(found.specification.help(program: name))
            return .pass
        }
        return try await found.run(arguments, console)
    }

    /// `topic` without one of its words: help for the group, or the nearest word.
    private func dispatchGroup(_ words: [String], _ console: Console) throws(CommandError)
        -> ExitCode
    {
        let members = subcommands.filter { $0.firstWord == words[0] }
        if words.dropFirst().contains(where: { $0 == "--help" || $0 == "-h" }) {
            console.write(
                (["Commands of \(name) \(words[0]):"] + Self.list(members)).joined(separator: "\n")
                    + "\n")
            return .pass
        }
        let known = members.map { String($0.specification.name.dropFirst(words[0].count + 1)) }
        guard words.count > 1 else {
            throw CommandError.usage(
                "\(words[0]) needs one of \(known.joined(separator: ", "))")
        }
        throw CommandError.usage("\(words[0]): " + unknown(words[1], among: known))
    }

    private func unknown(_ word: String, among known: [String]) -> String {
        let kind = word.hasPrefix("-") ? "option" : "command"
        return "unknown \(kind) \(word)" + Spelling.hint(for: word, among: known)
    }

    private func subcommand(_ words: [String]) -> Subcommand? {
        subcommands.first { words.starts(with: $0.words) }
    }

    private static func isGroup(_ word: String, of subcommands: [Subcommand]) -> Bool {
        subcommands.contains { $0.words.count > 1 && $0.firstWord == word }
    }

    /// Where to look after an error in the command line.
    private func hint(_ words: [String]) -> String {
        let command = subcommand(words).map { " \($0.specification.name)" } ?? ""
        return "Try: \(name)\(command) --help"
    }

    /// The help of the whole program.
    var help: String {
        let lines =
            ["Usage: \(name) COMMAND [OPTION]...", "", summary + ".", "", "Commands:"]
            + Self.list(subcommands)
            + [
                "", "Options:", "  --help     this text; after a command, its own",
                "  --version  the version", "", "Examples:",
            ] + subcommands.compactMap { $0.specification.examples.first }.map { "  \($0)" }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func list(_ subcommands: [Subcommand]) -> [String] {
        HelpColumns.lines(subcommands.map { ($0.specification.name, $0.specification.summary) })
    }
}

extension Subcommand {
    fileprivate var words: [String] {
        specification.name.split(separator: " ").map(String.init)
    }

    fileprivate var firstWord: String { words[0] }
}
