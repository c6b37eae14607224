// `aerobench export`: results in the formats of other tools.

import AeroReport

enum ExportCommand {
    static let subcommand = Subcommand(
        CommandSpecification(
            "export", summary: "Write a result in a format that other tools read",
            operands: ["RESULT.json"],
            options: [
                OptionSpecification(
                    "--format", "FORMAT", "hlog, csv, omb or prometheus; needed"),
                OptionSpecification("--out", "FILE", "write there instead of standard output"),
            ],
            remarks:
                "hlog        interval log of HdrHistogram, a tag for each class and series\n"
                + "csv         a row for each class, series and interval, in nanoseconds\n"
                + "omb         the result JSON of the OpenMessaging Benchmark\n"
                + "prometheus  its text format, in seconds\n"
                + "Exit codes: 0 written, 1 it cannot be, 6 the file is missing or damaged.",
            examples: [
                "aerobench export results/RUN.json --format hlog --out run.hlog",
                "aerobench export results/RUN.json --format csv | column -s, -t",
            ])
    ) { (arguments, console) throws(CommandError) in
        guard let format: ResultExport = try arguments.choice("--format") else {
            let known = ResultExport.allCases.map(\.rawValue).joined(separator: ", ")
            throw .usage("--format is missing: one of \(known)")
        }
        let path = arguments.operands[0]
        let documents = try ResultFiles.read(path)
        if documents.count > 1, !format.holdsSeveral {
            throw .failed(
                "\(path) holds \(documents.count) results, and a file of \(format.rawValue) one; "
                    + "export csv or prometheus, or a file of one result")
        }
        let bytes: [UInt8]
        do throws(ResultFileError) { bytes = Array(try format.text(documents).utf8) } catch {
            throw .ended("cannot export \(path): \(error)", .incomparable)
        }
        if let output = arguments.text("--out") {
            try OutputFile.write(bytes, to: output)
        } else {
            console.write(bytes)
        }
        return .pass
    }
}
