// Which matrix is to be run: from a file, or from the command line.

import AeroIO
import AeroLoad
import AeroReport

/// A matrix before it is run.
struct MatrixRequest: Sendable {
    let name: String
    let description: String
    /// A scenario's file or name, as of `ScenarioSource.load`.
    let scenario: String
    let overrides: [String]
    let varied: [VariedKey]
    let repeatCount: Int
    let columns: [String]
}

enum MatrixSource {
    /// Where a name without a path is looked up, from the working directory.
    static let folder = "Benchmarks/Matrices"

    // BOUND: every run is kept in memory until the end.
    static let runCountMax = 10_000

    /// The matrix of a command line: of `--vary` with a scenario, or of a matrix file.
    static func request(_ arguments: ParsedArguments) throws(CommandError) -> MatrixRequest {
        let operand = arguments.operands[0]
        let vary = arguments.texts("--vary")
        let repeatCount = try arguments.integer("--repeat", in: RunOptions.repetitionCounts)
        let overrides = try RunTarget.overrides(arguments)
        let columns = arguments.texts("--column")
        let request: MatrixRequest
        if vary.isEmpty {
            let path = try ShippedFile.find(
                operand, in: folder, "matrix", plural: "matrices",
                remedy: "; with --vary a scenario is varied")
            let file = try read(path)
            request = MatrixRequest(
                name: file.name, description: file.description,
                scenario: scenario(file.scenario, besides: path),
                overrides: file.overrides + overrides,
                varied: file.varied.map { VariedKey(key: $0.key, values: $0.values) },
                repeatCount: repeatCount ?? file.repeatCount,
                columns: columns.isEmpty ? file.columns : columns)
        } else {
            request = MatrixRequest(
                name: "", description: "", scenario: operand, overrides: overrides,
                varied: try varied(vary), repeatCount: repeatCount ?? 1, columns: columns)
        }
        try check(request)
        return request
    }

    private static func varied(_ texts: [String]) throws(CommandError) -> [VariedKey] {
        var varied: [VariedKey] = []
        for text in texts {
            guard let key = MatrixKey(parsing: text) else {
                throw .usage(
                    "--vary: \"\(text)\" is not KEY=V1,V2,… with different values, "
                        + "as in --vary broker.buffers=pooled,native")
            }
            varied.append(VariedKey(key: key.key, values: key.values))
        }
        return varied
    }

    /// What would be found out only after hours of running.
    private static func check(_ request: MatrixRequest) throws(CommandError) {
        for column in request.columns {
            do throws(ObjectiveError) { _ = try MetricReading(parsing: column) } catch {
                throw .failed("column \"\(column)\": \(error)")
            }
        }
        let keys = request.varied.map(\.key)
        guard Set(keys).count == keys.count else {
            throw .failed("a key is varied twice: \(keys.joined(separator: ", "))")
        }
        let count = MatrixOrder.runCount(request.varied, repeatCount: request.repeatCount)
        guard let count, count <= runCountMax else {
            throw .failed("more than \(runCountMax) runs; vary fewer values")
        }
    }

    private static func read(_ path: String) throws(CommandError) -> MatrixFile {
        let text: [UInt8]
        do throws(Errno) { text = try InputFile.read(path) } catch {
            throw .failed("cannot read \(path): \(error)")
        }
        do throws(ScenarioError) { return try MatrixFile.parse(text, fileName: path) } catch {
            throw .failed("\(error)")
        }
    }

    /// A scenario's file beside the matrix file goes before one of the working directory.
    private static func scenario(_ name: String, besides path: String) -> String {
        guard let slash = path.lastIndex(of: "/"), !name.hasPrefix("/") else { return name }
        let beside = path[...slash] + name
        return InputFile.exists(String(beside)) ? String(beside) : name
    }
}
