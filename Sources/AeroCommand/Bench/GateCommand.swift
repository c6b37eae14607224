// `aerobench gate`: the verdict of a CI run.

import AeroIO
import AeroReport

enum GateCommand {
    static let subcommand = Subcommand(
        CommandSpecification(
            "gate",
            summary:
                "Judge a candidate's results against a baseline's; the exit code is the verdict",
            operands: ["BASE", "CANDIDATE"],
            options: [
                OptionSpecification(
                    "--base", "PATH", isRepeatable: true, "a further file or folder of the base"),
                OptionSpecification(
                    "--candidate", "PATH", isRepeatable: true,
                    "a further file or folder of the candidate"),
                OptionSpecification(
                    "--policy", "FILE", "limits as YAML or JSON; default: 4 to 8 % and 50 us"),
            ] + outputOptions,
            remarks:
                "A side is a result file, or a folder with nothing but result files (*.json).\n"
                + "Single runs cannot tell a change from the machine's mood: they are judged\n"
                + "by absolute limits, and fail only when everything is twice as slow. From\n"
                + "7 pairs on an exact test decides, if the order within them is random or\n"
                + "alternates (base, candidate, candidate, base, and so on): when one side\n"
                + "nearly always comes first, the data cannot tell.\n"
                + "Exit codes: 0 pass, 1 error, 2 worse than the base, 3 the data cannot tell,\n"
                + "4 an objective is breached or messages were lost, 5 a run cannot be believed,\n"
                + "6 a file or scenario is missing, or the two cannot be compared.\n"
                + "Of several causes the first of 6, 5, 4, 2, 3 counts.",
            examples: [
                "aerobench gate base/ candidate/ --markdown comment.md",
                "aerobench gate base.json candidate.json --policy gate.yaml --junit gate.xml",
            ])
    ) { (arguments, console) throws(CommandError) in
        let policy = try PolicyFile.read(arguments.text("--policy"))
        let sides = [
            ("baseline", [arguments.operands[0]] + arguments.texts("--base")),
            ("candidate", [arguments.operands[1]] + arguments.texts("--candidate")),
        ]
        let report = report(sides, policy)
        try show(report, arguments, place: arguments.operands[1], console)
        return ExitCode(report.exitCode)
    }

    /// The options that say where a report goes.
    static let outputOptions = [
        OptionSpecification("--junit", "FILE", "write a JUnit report"),
        OptionSpecification("--sarif", "FILE", "write a SARIF 2.1.0 report"),
        OptionSpecification("--markdown", "FILE", "write a report for a pull request"),
        OptionSpecification("--html", "FILE", "write a page with every pair of runs"),
        OptionSpecification("--json", "FILE", "write everything as JSON (aerobench.gate/1)"),
        OptionSpecification("--annotations", "print ::error lines for GitHub"),
    ]

    /// Says before a long experiment that one of its reports could not be written.
    static func checkOutputs(_ arguments: ParsedArguments) throws(CommandError) {
        for option in outputOptions {
            if let path = arguments.text(option.name) { try OutputFile.check(path) }
        }
    }

    /// Prints a report, and writes every file that was asked for; one that cannot be written does
    /// not keep others from it.
    ///
    /// - Parameter place: What the results are about, for systems that show nothing without one.
    static func show(
        _ report: GateReport, _ arguments: ParsedArguments, place: String, _ console: Console
    ) throws(CommandError) {
        console.write(report.text(style: console.style))
        if arguments.has("--annotations") { console.write(report.annotations()) }
        var outputs: [(path: String?, bytes: [UInt8])] = [
            (arguments.text("--junit"), Array(report.junit.utf8)),
            (arguments.text("--markdown"), Array(report.markdown().utf8)),
            (arguments.text("--html"), Array(report.html().utf8)),
        ]
        var failure: CommandError?
        do throws(CommandError) {
            outputs.append((arguments.text("--json"), try encode(report)))
            outputs.append((arguments.text("--sarif"), try sarif(report, place: place)))
        } catch { failure = error }
        for output in outputs {
            guard let path = output.path else { continue }
            do throws(CommandError) { try OutputFile.write(output.bytes, to: path) } catch {
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
    }

    /// A file that cannot be read is a report too, so that a CI system shows why.
    private static func report(
        _ sides: [(name: String, paths: [String])], _ policy: GatePolicy
    ) -> GateReport {
        var documents: [[ResultDocument]] = []
        for (name, paths) in sides {
            do throws(CommandError) { documents.append(try ResultFiles.readAll(paths)) } catch {
                return GateReport(
                    unreadable: name, reason: "\(error.message); make it with aerobench run")
            }
        }
        do throws(ResultFileError) {
            var report = try GateReport(
                baseline: documents[0], candidate: documents[1], policy: policy)
            if let earlier = ExperimentFiles.report(beside: sides[0].paths[0]) {
                report.note(earlier, measured: documents.joined().map(\.id))
            }
            return report
        } catch {
            return GateReport(unreadable: "results", reason: "cannot judge: \(error)")
        }
    }

    private static func sarif(
        _ report: GateReport, place: String
    ) throws(CommandError) -> [UInt8] {
        do throws(ResultFileError) { return try report.sarif(place: place) } catch {
            throw .failed("the report has no SARIF form: \(error)")
        }
    }

    static func encode(_ report: GateReport) throws(CommandError) -> [UInt8] {
        do throws(ResultFileError) { return try report.encoded() } catch {
            throw .failed("the report has no JSON form: \(error)")
        }
    }
}
