// Printing what was measured.

/// Renders results for people and for programs.
enum BenchmarkReport {
    /// A table, one line a benchmark.
    static func text(_ results: [BenchmarkResult]) -> String {
        let nameWidth = max(24, (results.map(\.name.count).max() ?? 0) + 2)
        var lines = [
            pad("benchmark", nameWidth) + padLeft("median ns/op", 14) + padLeft("min ns/op", 12)
                + padLeft("allocations/op", 16) + padLeft("share", 9) + "  "
                + pad("result hash", 16)
        ]
        for result in results {
            let allocations = result.allocationsPerOperation.map { decimal($0, digits: 4) } ?? "-"
            let share = result.share.map { decimal($0, digits: 3) } ?? ""
            lines.append(
                pad(result.name, nameWidth) + padLeft(decimal(result.median, digits: 2), 14)
                    + padLeft(decimal(result.minimum, digits: 2), 12) + padLeft(allocations, 16)
                    + padLeft(share, 9) + "  " + hexadecimal(result.hash))
        }
        return lines.joined(separator: "\n")
    }

    /// A document `aeromq.micro/1`; names are plain ASCII without quotes, so need no escapes.
    static func json(_ results: [BenchmarkResult], isSmoke: Bool) -> String {
        let rows = results.map { result in
            let allocations = result.allocationsPerOperation.map { decimal($0, digits: 6) }
            let share = result.share.map { decimal($0, digits: 6) }
            return """
                    {"name": "\(result.name)", "operationsPerRepeat": \(result.operationCount), \
                "nanosecondsPerOperationMedian": \(decimal(result.median, digits: 3)), \
                "nanosecondsPerOperationMinimum": \(decimal(result.minimum, digits: 3)), \
                "nanosecondsPerOperation": \
                [\(result.nanosecondsPerOperation.map { decimal($0, digits: 3) }
                    .joined(separator: ", "))], \
                "allocationsPerOperation": \(allocations ?? "null"), \
                "share": \(share ?? "null"), \
                "resultHash": "\(hexadecimal(result.hash))"}
                """
        }
        return """
            {
              "schema": "aeromq.micro/1",
              "isSmoke": \(isSmoke),
              "benchmarks": [
            \(rows.joined(separator: ",\n"))
              ]
            }
            """
    }

    /// `value`, 0 or more, rounded to `digits` decimals.
    static func decimal(_ value: Double, digits: Int) -> String {
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let scaled = UInt64((value * scale).rounded())
        let divisor = UInt64(scale)
        return "\(scaled / divisor).\(padLeft(String(scaled % divisor), digits, with: "0"))"
    }

    private static func hexadecimal(_ word: UInt64) -> String {
        padLeft(String(word, radix: 16), 16, with: "0")
    }

    private static func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    private static func padLeft(
        _ text: String, _ width: Int, with filler: Character = " "
    ) -> String {
        String(repeating: filler, count: max(0, width - text.count)) + text
    }
}
