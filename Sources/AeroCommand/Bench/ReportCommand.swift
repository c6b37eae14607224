// `aerobench report`: results as one HTML file.

import AeroIO
import AeroReport

enum ReportCommand {
    static let subcommand = Subcommand(
        CommandSpecification(
            "report", summary: "Write one offline HTML file about one or many results",
            operands: ["RESULT.json..."],
            options: [
                OptionSpecification("--out", "FILE.html", "where the report goes; needed")
            ],
            remarks:
                "Takes results, matrices and capacity searches, in any mixture. Several results\n"
                + "of one scenario are also laid over each other, and results at several rates\n"
                + "make a curve of latency by rate. The file needs no network and no other file.\n"
                + "Exit codes: 0 written, 1 it cannot be written, 6 a file is missing or damaged.",
            examples: [
                "aerobench report results/RUN.json --out report.html",
                "aerobench report relay.json aeromq.json --out report.html",
            ])
    ) { (arguments, console) throws(CommandError) in
        guard let output = arguments.text("--out") else {
            throw .usage("--out is missing: name the file to write, such as --out report.html")
        }
        try OutputFile.check(output)
        let bytes = try ReportFiles.report(arguments.operands)
        try OutputFile.write(bytes, to: output)
        console.write("report: \(output)\n")
        return .pass
    }
}

/// Reports from files.
enum ReportFiles {
    /// The HTML of a report about files, in their order.
    ///
    /// - Throws: What is wrong with which file; the exit code is 6.
    static func report(_ paths: [String]) throws(CommandError) -> [UInt8] {
        var sources: [ReportSource] = []
        for path in paths { sources.append(try source(path)) }
        do throws(ResultFileError) {
            return Array(try HTMLReport(sources).text().utf8)
        } catch {
            throw .ended(
                "cannot report on \(paths.joined(separator: ", ")): \(error)", .incomparable)
        }
    }

    /// What a report calls a file: the folder is nobody's business but the writer's.
    static func name(_ path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }

    private static func source(_ path: String) throws(CommandError) -> ReportSource {
        let bytes: [UInt8]
        do throws(Errno) { bytes = try InputFile.read(path) } catch {
            throw .ended("cannot read \(path): \(error)", .incomparable)
        }
        do throws(ResultFileError) {
            return try ReportSource(name: name(path), decoding: bytes)
        } catch {
            throw .ended("\(path): \(error)", .incomparable)
        }
    }
}
