// `aerobench compare`: two result files side by side.

import AeroReport

enum CompareCommand {
    /// How a comparison is written.
    enum Format: String, CaseIterable, Sendable {
        case text, markdown, json, html
    }

    static let subcommand = Subcommand(
        CommandSpecification(
            "compare", summary: "Show two result files side by side, percentile by percentile",
            operands: ["BASE.json", "CANDIDATE.json"],
            options: [
                OptionSpecification("--format", "FORMAT", "text, markdown, json or html"),
                OptionSpecification("--out", "FILE", "write there instead of standard output"),
            ],
            remarks:
                "It shows and does not judge: `aerobench gate` does. Text is the default; HTML is\n"
                + "the page of `aerobench report BASE.json CANDIDATE.json`.\n"
                + "Exit codes: 0 compared, 6 a file is missing, or no scenario is in both.",
            examples: [
                "aerobench compare base.json candidate.json",
                "aerobench compare base.json candidate.json --format markdown --out comparison.md",
            ])
    ) { (arguments, console) throws(CommandError) in
        let format: Format = try arguments.choice("--format") ?? .text
        let baseline = try ResultFiles.read(arguments.operands[0])
        let candidate = try ResultFiles.read(arguments.operands[1])
        let output = arguments.text("--out")
        let comparison: Comparison
        let bytes: [UInt8]
        do throws(ResultFileError) {
            comparison = try Comparison(baseline: baseline, candidate: candidate)
            bytes =
                switch format {
                case .text:
                    Array(comparison.text(style: output == nil ? console.style : .plain).utf8)
                case .markdown: Array(comparison.markdown.utf8)
                case .json: try comparison.encoded()
                case .html:
                    Array(
                        try HTMLReport([
                            ReportSource(
                                name: ReportFiles.name(arguments.operands[0]), results: baseline),
                            ReportSource(
                                name: ReportFiles.name(arguments.operands[1]), results: candidate),
                        ]).text().utf8)
                }
        } catch {
            throw .ended("cannot compare: \(error)", .incomparable)
        }
        if let output { try OutputFile.write(bytes, to: output) } else { console.write(bytes) }
        return comparison.scenarios.isEmpty ? .incomparable : .pass
    }
}
