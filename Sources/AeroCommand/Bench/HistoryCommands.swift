// `aerobench history`: small losses, added up over releases.

import AeroIO
import AeroReport

enum HistoryCommands {
    static let all = [add, show, check, plot]

    private static let policyOption = OptionSpecification(
        "--policy", "FILE", "the gate's policy; creep: {p99: 10%} sets a budget")

    private static let add = Subcommand(
        CommandSpecification(
            "history add",
            summary: "Add a commit's change against the anchor to a history",
            operands: ["HISTORY.jsonl", "CANDIDATE"],
            options: [
                OptionSpecification(
                    "--anchor", "PATH", isRepeatable: true,
                    "results of the anchor, a release that stays the same; needed"),
                OptionSpecification(
                    "--candidate", "PATH", isRepeatable: true,
                    "a further file or folder of the candidate"),
                policyOption,
                OptionSpecification(
                    "--commit", "NAME", "what the candidate is called; default: its commit"),
                OptionSpecification(
                    "--anchor-name", "NAME", "what the anchor is called; default: its commit"),
                OptionSpecification("--new-anchor", "begin anew with another anchor"),
            ],
            remarks:
                "A side is a result file or a folder of them, as for aerobench gate. Anchor and\n"
                + "candidate have to be measured in turn, neither of them mostly first, and the\n"
                + "anchor anew for each entry; single runs will do, one right after the other,\n"
                + "because a history is read as a whole.\n"
                + "What aerobench ab leaves, base.json and candidate.json, will do. There one\n"
                + "aerobench measures both, and its commit says nothing of them: name them\n"
                + "with --commit and --anchor-name.\n"
                + "The file has one JSON object a line (aerobench.history/1); it is made when it\n"
                + "is missing, and never written in part.\n"
                + "Exit codes: 0 added, 1 error, 5 the runs say nothing about the two, 6 a file\n"
                + "is missing or damaged, or is about another anchor, or has these runs already.",
            examples: [
                "aerobench history add history.jsonl candidate/ --anchor anchor/"
            ])
    ) { (arguments, console) throws(CommandError) in
        guard !arguments.texts("--anchor").isEmpty else {
            throw .usage("--anchor is missing: name the results of the anchor")
        }
        let path = arguments.operands[0]
        let policy = try PolicyFile.read(arguments.text("--policy"))
        var history = InputFile.exists(path) ? try read(path) : History()
        let anchor = try ResultFiles.readAll(arguments.texts("--anchor"))
        let candidate = try ResultFiles.readAll(
            [arguments.operands[1]] + arguments.texts("--candidate"))
        let bytes: [UInt8]
        var entry: HistoryEntry
        do throws(HistoryError) {
            entry = try HistoryEntry(anchor: anchor, candidate: candidate, policy: policy)
            entry.commit = arguments.text("--commit") ?? entry.commit
            entry.anchor = arguments.text("--anchor-name") ?? entry.anchor
            try history.append(entry, isAnchorNew: arguments.has("--new-anchor"))
            bytes = try history.encoded()
        } catch {
            throw .ended("\(path): \(error)", exitCode(error))
        }
        guard entry.commit != entry.anchor else {
            throw .failed(
                "\(path): nothing is added: anchor and candidate are both called "
                    + "\(entry.anchor); name them with --anchor-name and --commit")
        }
        try OutputFile.write(bytes, to: path)
        console.write("history: \(path), entry \(history.entries.count)\n")
        return .pass
    }

    private static let show = Subcommand(
        CommandSpecification(
            "history show", summary: "Show the course of every metric against the anchor",
            operands: ["HISTORY.jsonl"], options: [policyOption],
            remarks:
                "A level is read from the last five entries since the last change. Changes are\n"
                + "found by E-divisive: at most one series in a hundred without a change has one.\n"
                + "Exit codes: 0 shown, 1 error, 6 the file is missing or damaged.",
            examples: ["aerobench history show history.jsonl"])
    ) { (arguments, console) throws(CommandError) in
        let report = try report(arguments)
        console.write(report.text(style: console.style))
        return .pass
    }

    private static let check = Subcommand(
        CommandSpecification(
            "history check", summary: "Fail when small losses have used up a metric's budget",
            operands: ["HISTORY.jsonl"], options: [policyOption],
            remarks:
                "A loss below the threshold of a gate passes it, and so does the next one. A\n"
                + "budget bounds their sum: twice the gate's limit, or what the policy says under\n"
                + "creep. It is used up when the level of the last five entries has reached it,\n"
                + "and is worse than the anchor beyond chance.\n"
                + "Exit codes: 0 no budget is used up, 1 error, 3 there is nothing to judge, or a\n"
                + "metric has too few entries and the policy says inconclusive: fail, 6 the file\n"
                + "is missing or damaged, 7 a budget is used up.",
            examples: ["aerobench history check history.jsonl --policy gate.yaml"])
    ) { (arguments, console) throws(CommandError) in
        let report = try report(arguments)
        console.write(report.text(style: console.style))
        switch report.verdict {
        case .pass: return .pass
        case .fail: return .creep
        case .inconclusive, .invalid: return .inconclusive
        }
    }

    private static let plot = Subcommand(
        CommandSpecification(
            "history plot", summary: "Write one offline HTML file about a history",
            operands: ["HISTORY.jsonl"],
            options: [
                OptionSpecification("--out", "FILE.html", "where the page goes; needed"),
                policyOption,
            ],
            remarks: "Exit codes: 0 written, 1 error, 6 the file is missing or damaged.",
            examples: ["aerobench history plot history.jsonl --out history.html"])
    ) { (arguments, console) throws(CommandError) in
        guard let output = arguments.text("--out") else {
            throw .usage("--out is missing: name the file to write, such as --out history.html")
        }
        try OutputFile.check(output)
        try OutputFile.write(Array(try report(arguments).html().utf8), to: output)
        console.write("history: \(output)\n")
        return .pass
    }

    private static func report(_ arguments: ParsedArguments) throws(CommandError) -> HistoryReview {
        let policy = try PolicyFile.read(arguments.text("--policy"))
        return HistoryReview(try read(arguments.operands[0]), policy: policy)
    }

    private static func read(_ path: String) throws(CommandError) -> History {
        let bytes: [UInt8]
        do throws(Errno) { bytes = try InputFile.read(path) } catch {
            throw .ended("cannot read \(path): \(error)", .incomparable)
        }
        do throws(HistoryError) { return try History(decoding: bytes) } catch {
            throw .ended("\(path): \(error)", .incomparable)
        }
    }

    private static func exitCode(_ error: HistoryError) -> ExitCode {
        switch error {
        case .runs, .unusable: return .invalidRun
        case .line, .repeated, .otherAnchor: return .incomparable
        }
    }
}
