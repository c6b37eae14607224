// `aerobench worker`: a share of a run's workers, in a process of its own.

import AeroDrivers
import AeroIO
import AeroLoad

enum WorkerCommand {
    /// The command line that joins a run, but for what tells one process from the other.
    ///
    /// - Parameters:
    ///   - endpoint: Where the target listens.
    ///   - access: What it is told.
    static func words(_ endpoint: SocketAddress, _ access: TargetAccess) -> [String] {
        ["worker", "--endpoint", "\(endpoint)"] + access.words
    }

    static let subcommand = Subcommand(
        CommandSpecification(
            "worker", summary: "Make a share of the load of aerobench run --processes",
            options: [
                OptionSpecification("--memory", "PATH", "what the processes of the run share"),
                OptionSpecification("--share", "K/N", "the share of process K of N, from 0"),
                OptionSpecification("--run-id", "ID", "what the run's topics are called"),
                OptionSpecification("--endpoint", "HOST:PORT", "the target of the run"),
            ] + TargetAccess.options + [
                OptionSpecification(
                    "--cores", "N,...", "the core for each worker; default the kernel's choice")
            ],
            remarks:
                "aerobench run starts it when a scenario asks for more than one process. What it\n"
                + "records goes to standard output, for the one that started it. It ends when\n"
                + "standard input does, and leaves Control-C to the starter.",
            examples: ["aerobench run smoke --processes 2"])
    ) { (arguments, console) throws(CommandError) in
        let stop = try StopRequest()
        let signals = try stop.onSignals()
        try stop.onEndOfInput()
        let share = try share(arguments, stop)
        let hasBegun = withExtendedLifetime(signals) {
            share.run(isAbandoned: { stop.isRequested }, write: { console.write($0 + "\n") })
        }
        return hasBegun ? .pass : .failure
    }

    private static func share(
        _ arguments: ParsedArguments, _ stop: StopRequest
    ) throws(CommandError) -> LoadShare {
        guard let path = arguments.text("--memory"), let runId = arguments.text("--run-id"),
            let endpoint = try arguments.address("--endpoint")
        else { throw .usage("worker: aerobench run --processes starts it") }
        let memory: SharedMemory
        do throws(Errno) { memory = try SharedMemory(opening: path) } catch {
            throw .failed("cannot open \(path): \(error)")
        }
        let scenario = try scenario(memory, path)
        let kind = try TargetKind(scenario)
        let plan = LoadPlan(scenario, runId: runId)
        let numbers = (arguments.text("--share") ?? "").split(separator: "/").compactMap { Int($0) }
        guard numbers.count == 2, numbers[1] == scenario.processCount,
            (0..<numbers[1]).contains(numbers[0])
        else { throw .usage("--share: K/N, as in 0/\(scenario.processCount)") }
        let cores = (arguments.text("--cores") ?? "").split(separator: ",").compactMap { Int($0) }
        return LoadShare(
            plan, plan.share(ofProcess: numbers[0], of: numbers[1]),
            driver: kind.driver(endpoint, access: try TargetAccess(arguments, kind)) {
                stop.isRequested
            }, cores: cores, memory: memory)
    }

    private static func scenario(
        _ memory: SharedMemory, _ path: String
    ) throws(CommandError) -> Scenario {
        let scenario: Scenario?
        do throws(ScenarioError) { scenario = try SharedScenario.read(memory) } catch {
            throw .failed("\(error)")
        }
        guard let scenario else { throw .failed("\(path) holds no scenario") }
        return scenario
    }
}
