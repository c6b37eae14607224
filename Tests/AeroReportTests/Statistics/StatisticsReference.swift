// Runs the independent implementation in Python.

import Foundation
import Testing

/// One question to `reference.py`; what a question does not need stays nil.
struct ReferenceCase: Encodable {
    var what: String
    var differences: [Double]?
    var columns: [[Double]]?
    var codes: [Int]?
    var dimension: Int?
    var level: Double?
    var looks: [Int]?
    var levels: [Double]?
    var seed: UInt64?
    var permutations: Int?
}

enum StatisticsReference {
    /// The answers to some questions, in their order.
    static func answers<Answer: Decodable>(
        _ cases: [ReferenceCase], as type: Answer.Type
    ) throws -> [Answer] {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", folder.appendingPathComponent("reference.py").path]
        let input = Pipe()
        let output = Pipe()
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        // The script reads everything before it writes anything.
        try input.fileHandleForWriting.write(contentsOf: JSONEncoder().encode(cases))
        try input.fileHandleForWriting.close()
        let answer = try #require(try output.fileHandleForReading.readToEnd())
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return try JSONDecoder().decode([Answer].self, from: answer)
    }
}
