// Damaged files end in typed errors, and whatever still decodes is judged and shown without a trap.

import TestSupport
import Testing

@testable import AeroReport

struct DamagedFileTests {
    @Test func everyTruncationIsRefused() throws {
        let bytes = try SampleResult().document().encoded()
        let end = bytes.count - 2  // The last bytes are the closing brace and a line break.
        for length in stride(from: 0, through: end, by: 41) {
            #expect(throws: ResultFileError.self) {
                try ResultDocument.decode(Array(bytes[..<length]))
            }
        }
    }

    @Test func noFlippedBitTraps() throws {
        let document = try SampleResult().document()
        let bytes = try document.encoded()
        var random = SplitMix64(seed: TestSeed.current)
        for _ in 0..<300 {
            var damaged = bytes
            let position = Int.random(in: 0..<damaged.count, using: &random)
            damaged[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            try judge(damaged, "bit of byte \(position), seed \(TestSeed.current)")
        }
    }

    /// Numbers at the ends of their range must not overflow in a sum.
    @Test func extremeNumbersDoNotTrap() throws {
        let lines = text(try SampleResult().document().encoded())
            .split(separator: "\n", omittingEmptySubsequences: false)
        let extremes = ["9223372036854775807", "-9223372036854775808", "0"]
        for (index, extreme) in extremes.enumerated() {
            let changed = lines.map { line -> String in
                guard let colon = line.lastIndex(of: ":") else { return String(line) }
                let value = line[colon...].dropFirst(2)
                let digits = value.last == "," ? value.dropLast() : value
                guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                    index == 2 || !line.contains("\"pid\"")
                else { return String(line) }
                return "\(line[...colon]) \(extreme)\(value.last == "," ? "," : "")"
            }
            try judge(utf8(changed.joined(separator: "\n")), extreme)
        }
    }

    private func judge(_ bytes: [UInt8], _ comment: String) throws {
        do {
            let documents = try ResultDocument.decode(bytes)
            let twice = documents + documents
            let report = try GateReport(baseline: twice, candidate: twice)
            #expect(!report.text().isEmpty, "\(comment)")
            #expect(!report.markdown().isEmpty && !report.junit.isEmpty, "\(comment)")
            #expect(!RunTable(documents[0]).text.isEmpty, "\(comment)")
            let comparison = try Comparison(baseline: twice, candidate: twice)
            #expect(!comparison.text().isEmpty && !comparison.markdown.isEmpty, "\(comment)")
        } catch {
            #expect(!"\(error)".isEmpty, "\(comment)")
        }
    }
}
