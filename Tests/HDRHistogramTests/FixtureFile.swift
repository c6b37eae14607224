// Reading fixtures and writing files for the cross-check, without Foundation.

import Glibc
import HDRHistogram
import Testing

/// Whole files, by C stdio.
enum FixtureFile {
    struct Failure: Error {
        let path: String
        let errorNumber: Int32
    }

    /// The text of a file in this target's `Fixtures` folder.
    static func text(_ name: String) throws -> String {
        let path = #filePath.dropLast("FixtureFile.swift".count) + "Fixtures/" + name
        guard let file = fopen(path, "r") else {
            throw Failure(path: String(path), errorNumber: errno)
        }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        while case let character = fgetc(file), character != EOF {
            bytes.append(UInt8(truncatingIfNeeded: character))
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    static func write(_ text: String, to path: String) throws {
        guard let file = fopen(path, "w") else { throw Failure(path: path, errorNumber: errno) }
        let isWritten = fputs(text, file) >= 0
        guard fclose(file) == 0, isWritten else {
            throw Failure(path: path, errorNumber: errno)
        }
    }

    /// Base64 by a plain bit string, independent of the one under test.
    static func base64(_ bytes: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        let bits = bytes.flatMap { byte in (0..<8).reversed().map { Int(byte >> $0) & 1 } }
        var text = ""
        for start in stride(from: 0, to: bits.count, by: 6) {
            let sextet = bits[start..<min(start + 6, bits.count)]
            text.append(alphabet[sextet.reduce(0) { $0 << 1 | $1 } << (6 - sextet.count)])
        }
        return text + String(repeating: "=", count: (4 - text.count % 4) % 4)
    }
}

/// The description of a histogram that the generators under `scripts/fixtures` write.
struct DescribedHistogram {
    /// The fields by key.
    let fields: [String: String]
    /// The values by percentile.
    let percentiles: [(percentile: Double, value: Int64)]

    init(fixture name: String) throws {
        var fields: [String: String] = [:]
        var percentiles: [(Double, Int64)] = []
        for line in try FixtureFile.text(name).split(separator: "\n") {
            let words = line.split(separator: " ").map(String.init)
            if words[0] == "percentile" {
                percentiles.append((try #require(Double(words[1])), try #require(Int64(words[2]))))
            } else {
                fields[words[0]] = words[1]
            }
        }
        self.fields = fields
        self.percentiles = percentiles
    }

    func field(_ key: String) throws -> String { try #require(fields[key], "field \(key)") }

    /// Expects a histogram to be as described.
    func expectEqual(
        to histogram: Histogram, _ comment: Comment,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let integers = [
            "lowest": histogram.lowestDiscernibleValue, "highest": histogram.highestTrackableValue,
            "digits": Int64(histogram.significantDigits), "total": histogram.totalCount,
            "minimum": histogram.minimum, "maximum": histogram.maximum,
        ]
        for (key, value) in integers {
            #expect(
                try field(key) == String(value), "\(key) of \(comment)",
                sourceLocation: sourceLocation)
        }
        if let mean = fields["mean"], let deviation = fields["deviation"] {
            #expect(Double(mean) == histogram.mean, comment, sourceLocation: sourceLocation)
            #expect(
                Double(deviation) == histogram.standardDeviation, comment,
                sourceLocation: sourceLocation)
        }
        for (percentile, value) in percentiles {
            #expect(
                value == histogram.value(atPercentile: percentile), "p\(percentile) of \(comment)",
                sourceLocation: sourceLocation)
        }
    }
}
