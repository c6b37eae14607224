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
