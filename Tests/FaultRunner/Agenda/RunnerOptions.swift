// The command line of the fault runner.

import AeroIO
import Glibc

/// What to run, on what, for how long.
struct RunnerOptions {
    /// A word that is not understood.
    struct Mistake: Error, CustomStringConvertible {
        let description: String
    }

    /// The `aeromq` that is put to the test.
    var program = ""
    /// Where rounds have their directories.
    var folder = ""
    /// The root of the package, where `swift test` and `scripts/simulate` can be run; nil leaves
    /// them out.
    var package: String?
    /// The first round's seed; each further one has the next.
    var seed = UInt64.random(in: 1..<1_000_000_000)
    var budgetSeconds: Int64 = 600
    /// How often each stage is run; nil for as often as the budget allows.
    var roundCount: Int?
    /// Names of stages; empty for all.
    var only: [String] = []
    var isShort = false
    var isHelp = false
    var isList = false

    static let usage = """
        Usage: FaultRunner --program AEROMQ --folder DIR [--package DIR] [--budget SECONDS]
                           [--rounds N] [--seed N] [--only STAGE]... [--short] [--list]

        See scripts/faults --help.
        """

    init(_ words: [String]) throws {
        var rest = words[...]
        func value(of option: String) throws -> String {
            guard let value = rest.popFirst() else {
                throw Mistake(description: "\(option) needs a value")
            }
            return value
        }
        func number<Number: FixedWidthInteger>(of option: String) throws -> Number {
            let text = try value(of: option)
            guard let number = Number(text), number > 0 else {
                throw Mistake(description: "\(option) needs a number, not \"\(text)\"")
            }
            return number
        }
        while let word = rest.popFirst() {
            switch word {
            case "--program": program = try Self.real(try value(of: word))
            case "--folder": folder = try Self.real(try value(of: word))
            case "--package": package = try Self.real(try value(of: word))
            case "--budget": budgetSeconds = try number(of: word)
            case "--rounds": roundCount = try number(of: word)
            case "--seed": seed = try number(of: word)
            case "--only": only.append(try value(of: word))
            case "--short": isShort = true
            case "--list": isList = true
            case "--help", "-h": isHelp = true
            default: throw Mistake(description: "unknown option \(word)")
            }
        }
        guard !isHelp, !isList else { return }
        if program.isEmpty { throw Mistake(description: "--program is missing") }
        if folder.isEmpty { throw Mistake(description: "--folder is missing") }
        for name in only where !FaultAgenda.names.contains(name) {
            throw Mistake(description: "there is no stage \(name); --list names them")
        }
    }

    /// A path without symbolic links: the power shim compares paths as the kernel says them.
    private static func real(_ path: String) throws -> String {
        guard let resolved = realpath(path, nil) else {
            throw Mistake(description: "\(path): \(Errno(rawValue: errno))")
        }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}
