// Everything that can prove the durable broker wrong, within a budget of time.

import AeroIO
import Glibc

/// `FaultRunner --help` says how; `scripts/faults` builds what it needs and starts it.
@main
struct FaultRunner {
    static func main() {
        do {
            let options = try RunnerOptions(Array(CommandLine.arguments.dropFirst()))
            if options.isHelp {
                print(RunnerOptions.usage)
                exit(0)
            }
            if options.isList {
                print(FaultAgenda.list)
                exit(0)
            }
            let agenda = try FaultAgenda(options)
            exit(try agenda.run() ? 0 : 1)
        } catch let error as RunnerOptions.Mistake {
            complain("\(error.description); try --help")
            exit(2)
        } catch {
            complain("\(error)")
            exit(1)
        }
    }

    private static func complain(_ text: String) {
        let line = Array("FaultRunner: \(text)\n".utf8)
        guard Glibc.write(STDERR_FILENO, line, line.count) == line.count else { exit(1) }
    }
}

/// What a runner says while it works.
enum Progress {
    /// Says a line at once, in a pipe too.
    static func say(_ line: String) {
        print(line)
        fflush(nil)
    }
}
