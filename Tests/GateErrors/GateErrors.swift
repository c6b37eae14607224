// Simulates gates and counts how they end: the worker behind scripts/gate-errors.

import AeroReport
import GateSimulation
import Glibc

/// `gate-errors [--gates N] [--from N] [--stride N] [--offset N] [--seconds N]`, or
/// `gate-errors --table FILE…`
///
/// The first form runs every N-th gate of each cell and prints a line of counts for each cell. The
/// second adds such lines of several processes up and prints the table and the goals that it
/// misses. Exit codes: 0 done, 1 a goal is missed, 2 wrong usage.
@main
struct GateErrors {
    private struct Options {
        var gates = 2_000
        var from: UInt64 = 1
        var stride = 1
        var offset = 0
        var seconds: Int64?
    }

    static func main() {
        let arguments = Array(CommandLine.arguments.dropFirst())
        if arguments.first == "--table" { exit(table(Array(arguments.dropFirst()))) }
        guard let options = parse(arguments) else {
            say("gate-errors: wrong usage; see scripts/gate-errors --help", to: STDERR_FILENO)
            exit(2)
        }
        do { try run(options) } catch {
            say("gate-errors: \(error)", to: STDERR_FILENO)
            exit(2)
        }
    }

    private static func parse(_ arguments: [String]) -> Options? {
        var options = Options()
        var rest = arguments[...]
        while let name = rest.popFirst() {
            guard let number = rest.popFirst().flatMap(Int.init), number >= 0 else { return nil }
            switch name {
            case "--gates": options.gates = number
            case "--from": options.from = UInt64(number)
            case "--stride": options.stride = max(number, 1)
            case "--offset": options.offset = number
            case "--seconds": options.seconds = Int64(number)
            default: return nil
            }
        }
        return options
    }

    /// All cells in turn, a hundred gates at a time, so that a budget cuts all of them alike.
    private static func run(_ options: Options) throws(GatePlanError) {
        let begin = now()
        var cells = ErrorCell.all
        let plan = GatePlan()
        var done = 0
        while done < options.gates {
            let end = min(done + 100, options.gates)
            for index in cells.indices {
                for gate in done..<end where gate % options.stride == options.offset {
                    let seed = options.from &+ UInt64(index) &* 1_000_003 &+ UInt64(gate)
                    try cells[index].simulate(seed: seed, plan: plan)
                }
            }
            done = end
            if let seconds = options.seconds, now() - begin >= seconds { break }
        }
        for cell in cells { say(cell.counts.line) }
    }

    /// Seconds of the monotonic clock.
    private static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec)
    }

    private static func table(_ paths: [String]) -> Int32 {
        var cells = ErrorCell.all
        for path in paths {
            guard let lines = lines(of: path), lines.count == cells.count else {
                say("gate-errors: \(path) is no complete output", to: STDERR_FILENO)
                return 2
            }
            for index in cells.indices where !cells[index].add(line: lines[index]) {
                say("gate-errors: \(path), line \(index + 1): no counts", to: STDERR_FILENO)
                return 2
            }
        }
        say(ErrorTable.markdown(cells))
        let misses = cells.flatMap(ErrorTable.misses)
        say(misses.isEmpty ? "All goals are met." : "Goals that are missed:")
        for miss in misses { say("- \(miss)") }
        return misses.isEmpty ? 0 : 1
    }

    private static func lines(of path: String) -> [Substring]? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var next = fgetc(file)
        while next != EOF {
            bytes.append(UInt8(truncatingIfNeeded: next))
            next = fgetc(file)
        }
        // The text is copied, so that its pieces outlive this function.
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    }

    /// Writes a line at once, so that it is there when the process is stopped.
    private static func say(_ line: String, to descriptor: Int32 = STDOUT_FILENO) {
        var bytes = Array((line + "\n").utf8)
        while !bytes.isEmpty {
            let written = write(descriptor, bytes, bytes.count)
            if written <= 0 { return }
            bytes.removeFirst(written)
        }
    }
}
