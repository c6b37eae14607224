// `aerobench gate`: the verdict of a CI run.

import AeroIO
import AeroReport

enum GateCommand {
    static let subcommand = Subcommand(
        CommandSpecification(
            "gate",
            summary:
                "Judge a candidate's results against a baseline's; the exit code is the verdict",
            operands: ["BASE.json", "CANDIDATE.json"],
            options: [
                OptionSpecification(
                    "--policy", "FILE", "limits as JSON; default: 4 to 8 % and 50 us"),
                OptionSpecification("--junit", "FILE", "write a JUnit report"),
                OptionSpecification("--markdown", "FILE", "write a report for a pull request"),
                OptionSpecification(
                    "--json", "FILE", "write everything as JSON (aerobench.gate/1)"),
                OptionSpecification("--annotations", "print ::error lines for GitHub"),
            ],
            remarks:
                "Exit codes: 0 pass, 1 error, 2 worse than the baseline, 3 the data cannot tell,\n"
                + "4 an objective is breached or messages were lost, 5 a run cannot be believed,\n"
                + "6 a file or scenario is missing, or the two cannot be compared.\n"
                + "Of several causes the first of 6, 5, 4, 2, 3 counts.",
            examples: [
                "aerobench gate base.json candidate.json",
                "aerobench gate base.json candidate.json --policy gate.json --junit gate.xml",
            ])
    ) { (arguments, console) throws(CommandError) in
        let policy = try policy(arguments.text("--policy"))
        let report = try report(
            baseline: arguments.operands[0], candidate: arguments.operands[1], policy)
        console.write(report.text(style: console.style))
        if arguments.has("--annotations") { console.write(report.annotations()) }
        if let path = arguments.text("--junit") {
            try OutputFile.write(Array(report.junit.utf8), to: path)
        }
        if let path = arguments.text("--markdown") {
            try OutputFile.write(Array(report.markdown().utf8), to: path)
        }
        if let path = arguments.text("--json") {
            try OutputFile.write(try encode(report), to: path)
        }
        return ExitCode(report.exitCode)
    }

    private static func policy(_ path: String?) throws(CommandError) -> GatePolicy {
        guard let path else { return GatePolicy() }
        let bytes: [UInt8]
        do throws(Errno) { bytes = try InputFile.read(path) } catch {
            throw .failed("cannot read \(path): \(error)")
        }
        do throws(PolicyError) { return try GatePolicy(decoding: bytes) } catch {
            throw .failed("\(path): \(error)")
        }
    }

    /// A file that cannot be read is a report too, so that a CI system shows why.
    private static func report(
        baseline: String, candidate: String, _ policy: GatePolicy
    ) throws(CommandError) -> GateReport {
        var sides: [[ResultDocument]] = []
        for (name, path) in [("baseline", baseline), ("candidate", candidate)] {
            do throws(CommandError) { sides.append(try ResultFiles.read(path)) } catch {
                return GateReport(
                    unreadable: name, reason: "\(error.message); make it with aerobench run")
            }
        }
        do throws(ResultFileError) {
            return try GateReport(baseline: sides[0], candidate: sides[1], policy: policy)
        } catch {
            throw .ended("cannot judge: \(error)", .incomparable)
        }
    }

    private static func encode(_ report: GateReport) throws(CommandError) -> [UInt8] {
        do throws(ResultFileError) { return try report.encoded() } catch {
            throw .failed("the report has no JSON form: \(error)")
        }
    }
}
