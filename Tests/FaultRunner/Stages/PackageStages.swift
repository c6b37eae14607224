// Long forms that are run by other programs of the package.

import AeroIO
import FaultSupport

/// The crash matrix, which is a test, and the simulation, which has a script.
struct PackageStages {
    /// What a stage came to.
    struct Result {
        var runCount = 0
        var tried: [(unit: String, count: Int)] = []
        var findings: [String] = []
        var skipped: String?
        /// What to type to see the findings again.
        var again: String?
    }

    /// The package's root; nil when there is none to be used.
    let package: String?

    static let matrixTitle = "every state a power loss may leave, simulated disk"
    static let simulationTitle = "broker, clients, network, disk simulated"

    /// Seeds of one simulation run; the budget ends it before.
    private static let seedCount = 100_000_000

    /// Runs the crash matrix of the log with one seed after another.
    func runMatrix(seed: UInt64, deadlineNanoseconds: Int64) -> Result {
        var result = Result()
        guard let package else {
            result.skipped = "no --package was given"
            return result
        }
        let arguments = [
            "swift", "test", "--disable-xctest", "--skip-build", "--filter", "LogCrashTests",
        ]
        var next = seed
        var longest: Int64 = 0
        repeat {
            var environment = ShimLibrary.inheritedEnvironment
            environment["AEROMQ_SEED"] = "\(next)"
            let start = MonotonicClock.nowNanoseconds()
            do throws(Errno) {
                let end = try ProgramRun(
                    "/usr/bin/env", arguments, environment: environment, directory: package,
                    seconds: 1_800)
                guard end.hasRunTests else {
                    result.skipped = "swift test did not run it: \(end.transcript)"
                    return result
                }
                result.runCount += 1
                if end.status != .exited(code: 0) {
                    result.findings.append("seed \(next): \(end.failureLines)")
                    result.again = "AEROMQ_SEED=\(next) scripts/test --filter LogCrashTests"
                }
            } catch {
                result.skipped = "swift test: \(error)"
                return result
            }
            next += 1
            longest = max(longest, MonotonicClock.nowNanoseconds() - start)
        } while MonotonicClock.nowNanoseconds() + longest < deadlineNanoseconds
        result.tried = [("seeds", result.runCount)]
        return result
    }

    /// Runs the simulation until the deadline.
    func runSimulation(seed: UInt64, deadlineNanoseconds: Int64) -> Result {
        var result = Result()
        guard let package, isThere(package + "/scripts/simulate") else {
            result.skipped = "there is no scripts/simulate"
            return result
        }
        let seconds = max(
            1, (deadlineNanoseconds - MonotonicClock.nowNanoseconds()) / 1_000_000_000)
        do throws(Errno) {
            let end = try ProgramRun(
                package + "/scripts/simulate",
                [
                    "--seeds", "\(Self.seedCount)", "--from", "\(seed)", "--budget",
                    "\(seconds)s",
                ], directory: package, seconds: seconds + 900)
            // Its summary begins with a line such as "812 seeds, 0 failed, 3401 s of …".
            let lines = end.output.split(separator: "\n")
            for line in lines {
                let words = line.split(separator: " ")
                guard words.count > 3, words[1] == "seeds,", let count = Int(words[0]) else {
                    continue
                }
                result.tried = [("seeds", count)]
            }
            result.runCount = 1
            guard end.status != .exited(code: 0) else { return result }
            result.findings = lines.filter { $0.hasPrefix("seed ") }.map(String.init)
            if result.findings.isEmpty { result.findings = [end.transcript] }
            result.again = lines.first { $0.hasPrefix("  again: ") }
                .map { String($0.dropFirst("  again: ".count)) }
        } catch {
            result.skipped = "scripts/simulate: \(error)"
        }
        return result
    }

    private func isThere(_ path: String) -> Bool {
        do throws(Errno) {
            _ = try SystemDisk().openForReading(path)
            return true
        } catch {
            return false
        }
    }
}

extension ProgramRun {
    /// Whether a run of tests had any in it.
    fileprivate var hasRunTests: Bool {
        output.split(separator: "\n").contains { line in
            guard let range = line.firstRange(of: "Test run with ") else { return false }
            return line[range.upperBound...].first.map { $0 != "0" } ?? false
        }
    }

    /// What tests had to say that failed.
    fileprivate var failureLines: String {
        let lines = (output + "\n" + errors).split(separator: "\n")
        return lines.filter { $0.contains("recorded an issue") || $0.contains("rror:") }
            .prefix(5).joined(separator: " | ")
    }
}
