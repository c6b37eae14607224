// One row of the summary: what a stage tried and what it found.

/// A stage, over all the times that it was run.
struct StageRow {
    let name: String
    /// What is tried.
    let title: String
    var runCount = 0
    /// How much was tried, in the stage's own terms.
    var tried: [(unit: String, count: Int)] = []
    /// Records that were acknowledged and had to be there in the end.
    var acknowledgedCount = 0
    /// From the start of a broker to its ready line.
    var readyNanoseconds: [Int64] = []
    var findings: [String] = []
    var nanoseconds: Int64 = 0
    /// Why it could not be run here.
    var skipped: String?

    init(_ name: String, _ title: String) {
        self.name = name
        self.title = title
    }

    /// Adds to what was tried.
    mutating func add(_ count: Int, _ unit: String) {
        if let index = tried.firstIndex(where: { $0.unit == unit }) {
            tried[index].count += count
        } else {
            tried.append((unit, count))
        }
    }

    /// Nanoseconds of one run, by what the former ones took; nil before the first.
    var estimatedNanoseconds: Int64? {
        runCount == 0 ? nil : nanoseconds / Int64(runCount)
    }

    static let heading = [
        "stage", "what is tried", "runs", "how much", "acknowledged", "ready p50", "ready max",
        "findings", "time",
    ]

    var cells: [String] {
        let ready = readyNanoseconds.sorted()
        func milliseconds(_ nanoseconds: Int64?) -> String {
            nanoseconds.map { "\($0 / 1_000_000) ms" } ?? ""
        }
        let verdict =
            if let skipped { "SKIPPED: \(skipped)" } else if runCount == 0 { "not reached" } else {
                "\(findings.count)"
            }
        return [
            name, title, "\(runCount)",
            tried.filter { $0.count > 0 }.map { "\($0.count) \($0.unit)" }
                .joined(separator: ", "),
            acknowledgedCount > 0 ? "\(acknowledgedCount)" : "",
            milliseconds(ready.isEmpty ? nil : ready[ready.count / 2]),
            milliseconds(ready.last), verdict, "\(nanoseconds / 1_000_000_000) s",
        ]
    }

    /// All rows below each other, in columns.
    static func table(_ rows: [StageRow]) -> String {
        let lines = [heading] + rows.map(\.cells)
        let widths = heading.indices.map { column in
            lines.map { $0[column].count }.max() ?? 0
        }
        return lines.map { line in
            let padded = zip(line, widths).map { text, width in
                text + String(repeating: " ", count: width - text.count)
            }
            var text = padded.joined(separator: "  ")
            while text.hasSuffix(" ") { text.removeLast() }
            return text
        }.joined(separator: "\n")
    }
}
