// The command line of the micro-benchmarks.

/// What the user asked for.
struct BenchmarkOptions: Equatable {
    var isSmoke = false
    var isJSON = false
    var isHelp = false
    /// Only benchmarks whose name contains this.
    var filter: String?
    var repeatCount = 9

    static let help = """
        Usage: MicroBenchmarks [options]

        Measures parts of AeroMQ in a loop and prints, for each, nanoseconds per operation (median
        and least of interleaved repeats), calls of the allocator per operation, for what makes
        something smaller the share of the bytes that is left, and a hash of the results of the
        first 256 operations, which is the same on every machine.

          --filter NAME    only benchmarks whose name contains NAME
          --repeats N      repeats per benchmark, 1 to 1000 (default 9)
          --smoke          256 operations, two repeats: checks that everything runs
          --json           one JSON document instead of a table
          --help           this text

        Examples:
          swift run -c release MicroBenchmarks --filter pool/
          swift run -c release MicroBenchmarks --json > micro.json
        """

    /// - Parameter arguments: Without the program's name.
    init(_ arguments: [String]) throws(BenchmarkUsageError) {
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            switch argument {
            case "--smoke": isSmoke = true
            case "--json": isJSON = true
            case "--help", "-h": isHelp = true
            case "--filter":
                guard let name = rest.popFirst() else { throw .missingValue(argument) }
                filter = name
            case "--repeats":
                guard let text = rest.popFirst() else { throw .missingValue(argument) }
                guard let count = Int(text), (1...1000).contains(count) else {
                    throw .badRepeatCount(text)
                }
                repeatCount = count
            default: throw .unknownArgument(argument)
            }
        }
    }
}

/// What was wrong with the command line.
enum BenchmarkUsageError: Error, Equatable, CustomStringConvertible {
    case unknownArgument(String)
    case missingValue(String)
    case badRepeatCount(String)
    case nothingMatches(String)

    var description: String {
        switch self {
        case .unknownArgument(let argument): "unknown argument '\(argument)'; see --help"
        case .missingValue(let option): "\(option) needs a value; see --help"
        case .badRepeatCount(let text): "--repeats takes 1 to 1000, not '\(text)'"
        case .nothingMatches(let name): "no benchmark's name contains '\(name)'"
        }
    }
}
