// `aerobench value`: numbers of a result, for scripts.

import AeroReport

enum ValueCommand {
    static let subcommand = Subcommand(
        CommandSpecification(
            "value", summary: "Print numbers of a result, one a line, for scripts",
            operands: ["RESULT.json"],
            options: [
                OptionSpecification(
                    "--metric", "NAME", isRepeatable: true,
                    "as in an objective: e2e.intended.p99, CLASS:ack.actual.p50, …"),
                OptionSpecification(
                    "--over", "BASE.json", "divide by the same metric of this result"),
            ],
            remarks:
                "Times are in nanoseconds, sizes in bytes, rates a second, shares from 0 to 1.\n"
                + "It reads and does not judge; a run that cannot be believed is noted on\n"
                + "standard error. Exit codes: 0 printed, 1 no such number, 6 a file is missing.",
            examples: [
                "aerobench value results/RUN.json --metric e2e.intended.p99",
                "aerobench value on.json --over off.json --metric throughput.received",
            ])
    ) { (arguments, console) throws(CommandError) in
        let names = arguments.texts("--metric")
        guard !names.isEmpty else { throw .usage("--metric: name at least one number") }
        var readings: [MetricReading] = []
        for name in names { readings.append(try reading(name)) }
        let path = arguments.operands[0]
        let documents = try documents(path, console)
        let base = try arguments.text("--over").map { base throws(CommandError) in
            (path: base, documents: try Self.documents(base, console))
        }
        var lines = ""
        for (reading, name) in zip(readings, names) {
            var value = try value(of: reading, name, in: documents, path)
            if let base {
                value /= try Self.value(of: reading, name, in: base.documents, base.path)
            }
            guard value.isFinite else {
                throw .failed("\(name) is zero in \(base?.path ?? path): there is no ratio to it")
            }
            lines += text(value) + "\n"
        }
        console.write(lines)
        return .pass
    }

    private static func reading(_ name: String) throws(CommandError) -> MetricReading {
        do throws(ObjectiveError) { return try MetricReading(parsing: name) } catch {
            throw .usage("--metric: \(error)")
        }
    }

    private static func documents(
        _ path: String, _ console: Console
    ) throws(CommandError) -> [ResultDocument] {
        let documents = try ResultFiles.read(path)
        if let doubt = documents.lazy.compactMap(\.doubts.first).first {
            console.error("aerobench: note: \(path) cannot be believed: \(doubt)")
        }
        return documents
    }

    private static func value(
        of reading: MetricReading, _ name: String, in documents: [ResultDocument], _ path: String
    ) throws(CommandError) -> Double {
        let value: Double?
        do throws(ResultFileError) { value = try reading.value(in: documents) } catch {
            throw .ended("\(path): \(error)", .incomparable)
        }
        guard let value else {
            throw .failed(
                "\(path) has no \(name); a latency of a result with several classes is asked for "
                    + "as CLASS:METRIC")
        }
        return value
    }

    /// A whole number without a fraction, any other with what it takes.
    private static func text(_ value: Double) -> String {
        value == value.rounded() && value.magnitude < 1e15 ? "\(Int64(value))" : "\(value)"
    }
}
