// Short runs of `aerobench` and their results, for several suites.

import AeroIO
import Foundation
import Testing

/// A result file, taken apart as any reader of JSON would.
struct ResultFile {
    let path: String
    let json: [String: Any]

    init(_ path: String) throws {
        self.path = path
        let data = try Data(contentsOf: URL(fileURLWithPath: path))
        let value = try JSONSerialization.jsonObject(with: data)
        json = try #require(value as? [String: Any])
    }

    /// Reasons for doubt that a busy machine may give any run that keeps a schedule.
    static let doubtsOfABusyMachine: Set = [
        "lag-over-budget", "rate-not-reached", "generator-hiccups", "broker-hiccups",
        "run-queue-wait",
    ]

    var isValid: Bool { (json["validity"] as? [String: Any])?["isValid"] as? Bool ?? false }

    /// Codes of the reasons not to believe the run.
    var reasons: [String] {
        let reasons = (json["validity"] as? [String: Any])?["reasons"] as? [[String: Any]]
        return reasons?.compactMap { $0["code"] as? String } ?? []
    }

    func ledger(_ field: String) -> Int? {
        ((json["ledger"] as? [String: Any])?["totals"] as? [String: Any])?[field] as? Int
    }

    /// Writes a changed copy.
    func write(to path: String, _ change: (inout [String: Any]) throws -> Void) throws {
        var copy = json
        try change(&copy)
        let data = try JSONSerialization.data(withJSONObject: copy)
        try data.write(to: URL(fileURLWithPath: path))
    }

    /// Writes a changed copy as if it were one of the runs of pairs that were measured in turn.
    ///
    /// - Parameters:
    ///   - folder: Where it goes, under the number of its pair; made when it is missing.
    ///   - pair: At most 9.
    ///   - side: 0 for the side that comes first in the first pair, and in every second one.
    func write(
        to folder: String, pair: Int, side: Int,
        _ change: (inout [String: Any]) throws -> Void = { _ in }
    ) throws {
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        try write(to: "\(folder)/\(pair).json") { json in
            json["id"] = "side-\(side)-\(pair)"
            var window = try #require(json["window"] as? [String: Any])
            let second = pair.isMultiple(of: 2) ? side : 1 - side
            window["startedAt"] = "2026-01-31T09:0\(pair):0\(second).000Z"
            json["window"] = window
            try change(&json)
        }
    }
}

enum BenchRun {
    /// A load that keeps no schedule, so that a busy machine cannot make the run invalid.
    static let unhurried = [
        "--duration", "1s", "--set", "warmup=200ms", "--set", "interval=200ms",
        "--set", "classes.main.load={schedule: closed-loop, in-flight: 16}",
        "--set", "slo=[ledger.lost == 0]",
    ]

    static func run(_ arguments: [String], to path: String) throws -> Finished {
        try Executables.run("aerobench", ["run", "smoke", "--out", path] + arguments)
    }

    /// Reads standard error until a measured interval is shown.
    ///
    /// - Returns: The broker's process, as the first line names it.
    @discardableResult
    static func awaitProgress(_ process: inout ChildProcess) throws -> Int32 {
        var broker: Int32 = 0
        var seen: [String] = []
        while true {
            let reading = try process.readLine(
                from: .standardError, deadlineNanoseconds: Executables.deadline)
            guard case .line(let line) = reading else {
                Issue.record("no progress: \(reading), \(seen)")
                return broker
            }
            seen.append(line)
            if let match = line.firstMatch(of: /process (\d+)/) { broker = Int32(match.1) ?? 0 }
            if line.contains(/\[\d+\/\d+\]/) { return broker }
        }
    }
}
