// Runs simulations by their seeds: the worker behind scripts/simulate.

import AeroIO
import BrokerSimulation
import Glibc

/// `simulate [--from N] [--seeds N] [--seconds N] [--progress FILE] [--bug NAME] [--trace]
/// [--stride N] [--quiet]`
///
/// Prints what failed, the trace hash of each other seed unless it is to be quiet, and a summary
/// as `key value` pairs that a script can add up. Exits 1 when a seed failed, 2 for options it does
/// not know. A broken invariant of the broker ends the process by a signal; the file of
/// `--progress` then names the seed.
@main
struct Simulate {
    private struct Options {
        var from: UInt64 = 1
        var count: UInt64 = 1
        var stride: UInt64 = 1
        var seconds: Int64?
        var progressPath: String?
        var bug: PlantedBug?
        var isTraced = false
        var isQuiet = false
    }

    static func main() {
        guard let options = parse(Array(CommandLine.arguments.dropFirst())) else {
            say(
                "simulate: unknown option or bug; see scripts/simulate --help", to: STDERR_FILENO)
            exit(2)
        }
        exit(run(options))
    }

    private static func parse(_ arguments: [String]) -> Options? {
        var options = Options()
        var rest = arguments[...]
        while let name = rest.popFirst() {
            switch name {
            case "--trace": options.isTraced = true
            case "--quiet": options.isQuiet = true
            case "--progress": options.progressPath = rest.popFirst()
            case "--bug":
                guard let bug = rest.popFirst().flatMap(PlantedBug.init(rawValue:)) else {
                    return nil
                }
                options.bug = bug
            case "--from", "--seeds", "--seconds", "--stride":
                guard let number = rest.popFirst().flatMap(UInt64.init) else { return nil }
                switch name {
                case "--from": options.from = number
                case "--seeds": options.count = number
                case "--stride": options.stride = max(number, 1)
                default: options.seconds = Int64(number)
                }
            default: return nil
            }
        }
        return options
    }

    private static func run(_ options: Options) -> Int32 {
        let begin = MonotonicClock.nowNanoseconds()
        var statistics = SimulationStatistics()
        var failed: [UInt64] = []
        var done: UInt64 = 0
        while done < options.count {
            let elapsed = MonotonicClock.nowNanoseconds() - begin
            if let seconds = options.seconds, elapsed >= seconds * 1_000_000_000 { break }
            let seed = options.from + done * options.stride
            note(seed, options.progressPath)
            let outcome = Simulation(
                seed: seed, bug: options.bug, log: options.isTraced ? { say($0) } : nil
            ).run()
            done += 1
            statistics.add(outcome.statistics)
            if !outcome.violations.isEmpty {
                failed.append(seed)
                say("seed \(seed) failed")
                for violation in outcome.violations { say("  \(violation)") }
            } else if !options.isQuiet {
                say("seed \(seed) hash \(String(outcome.traceHash, radix: 16))")
            }
        }
        summarize(done, failed, statistics, MonotonicClock.nowNanoseconds() - begin)
        return failed.isEmpty ? 0 : 1
    }

    /// Writes a line at once: a process that dies has said what it knew.
    private static func say(_ line: String, to descriptor: Int32 = STDOUT_FILENO) {
        var line = line + "\n"
        line.withUTF8 { bytes in
            var done = 0
            while done < bytes.count {
                let rest = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[done...])
                let count = write(descriptor, rest.baseAddress, rest.count)
                // A reader that has gone wants no more of it.
                guard count > 0 else { return }
                done += count
            }
        }
    }

    private static func summarize(
        _ count: UInt64, _ failed: [UInt64], _ statistics: SimulationStatistics, _ elapsed: Int64
    ) {
        say("seeds \(count)")
        say("failed \(failed.count)")
        say("milliseconds \(elapsed / 1_000_000)")
        say("simulated-seconds \(statistics.simulatedNanoseconds / 1_000_000_000)")
        say("events \(statistics.eventCount)")
        say("faults \(statistics.faultCount)")
        say("broker-starts \(statistics.brokerLifeCount)")
        say("connections \(statistics.connectionCount)")
        say("answers \(statistics.answerCount)")
        say("acknowledged-records \(statistics.acknowledgedCount)")
        say("delivered-records \(statistics.deliveredCount)")
    }

    /// Says which seed is under way, for whoever finds this process dead.
    private static func note(_ seed: UInt64, _ path: String?) {
        guard let path, let file = fopen(path, "w") else { return }
        fputs("\(seed)\n", file)
        fclose(file)
    }
}
