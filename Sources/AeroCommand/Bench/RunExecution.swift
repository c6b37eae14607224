// One run: target up, load, target down, document.

import AeroDrivers
import AeroIO
import AeroLoad
import AeroReport
import HDRHistogram

/// Makes the runs that one command asked for.
struct RunExecution {
    let options: RunOptions
    let console: Console
    let stop: StopRequest
    let tool: ToolRecord

    /// Runs once.
    ///
    /// - Throws: When the run could not begin; what happens later is part of the result.
    func run() throws(CommandError) -> ResultDocument {
        let directory = try makeDirectory()
        // After the server has stopped.
        defer { directory?.remove(console) }
        let server = try startServer(directory?.path)
        defer { _ = server?.stop() }
        let endpoint = options.endpoint ?? server?.address
        let environment = EnvironmentCapture().record(libc: ToolIdentity.libc)
        let monitor = HealthMonitor()
        var runOptions = LoadRunOptions()
        let board = WindowBoard()
        runOptions.onWindow = {
            board.post($0)
            monitor.begin($0)
        }
        let warmup = WarmupJudge(classCount: options.scenario.classes.count)
        runOptions.endsWarmup = { warmup.endsWarmup($0) }
        let resources = ResourceSampler(
            brokerIdentifier: server?.processIdentifier,
            board: board)
        let startedAt = CreationStamp.now()
        let outcome: LoadOutcome
        do throws(CommandError) {
            outcome = try load(driver(endpoint), server, resources, runOptions)
        } catch {
            _ = monitor.finish()
            throw error
        }
        let facts = RunFacts(
            scenario: options.scenario, target: options.target, endpoint: endpoint,
            isEmbedded: server != nil || options.target.isInProcess,
            brokerIdentifier: server?.processIdentifier,
            brokerDeath: server?.exitStatus(), outcome: outcome, health: monitor.finish(),
            startedAt: startedAt,
            resources: resources, environment: environment, tool: tool,
            settledIntervalCount: warmup.cutCount,
            isDirectoryInMemory: directory?.isInMemory ?? false)
        do throws(HistogramError) {
            return try ResultDocument(facts)
        } catch {
            throw .failed("the recorded latencies cannot be read back: \(error)")
        }
    }

    /// The target's directory, new for each run: the age of a file system's files is no variable.
    private func makeDirectory() throws(CommandError) -> RunDirectory? {
        guard options.endpoint == nil, options.needsDirectory else { return nil }
        return try RunDirectory(in: options.dataFolder)
    }

    private func startServer(_ directory: String?) throws(CommandError) -> ServerProcess? {
        guard options.endpoint == nil else { return nil }
        switch options.target {
        case .aeromq: return try .broker(options.scenario.broker, directory: directory)
        case .relay, .relayFile, .echo:
            // What a log is told to keep, so that both sides fill as much page cache.
            let kept = options.scenario.classes.compactMap(\.storage.retentionByteCount).max()
            return try .relay(directory: directory, retentionByteCount: kept)
        case .null, .truth: return nil
        }
    }

    private func driver(_ endpoint: SocketAddress?) -> any LoadDriver {
        if options.target == .truth { return TruthDriver(logPath: options.targetLogPath) }
        guard let endpoint else { return NullDriver() }
        switch options.target {
        case .aeromq: return AeroMQDriver(address: endpoint)
        case .relay, .relayFile: return RelayDriver(address: endpoint, mode: .relay)
        case .echo: return RelayDriver(address: endpoint, mode: .echo)
        case .null, .truth: return NullDriver()
        }
    }

    private func load(
        _ driver: any LoadDriver, _ server: ServerProcess?, _ resources: ResourceSampler,
        _ runOptions: LoadRunOptions
    ) throws(CommandError) -> LoadOutcome {
        let scenario = options.scenario
        let progress = RunProgress(
            scenario, resources.board, console: console, isQuiet: options.isQuiet)
        if let server {
            progress.announce(
                "loading \(options.target.rawValue), process \(server.processIdentifier) on "
                    + "\(server.address)")
        }
        let run = LoadRun(
            LoadPlan(scenario, runId: RunIdentifier.make()), driver: driver, options: runOptions)
        let outcome: LoadOutcome
        do throws(LoadRunError) {
            outcome = try run.run {
                resources.tick()
                // A dead target ends the run early, like a person who has seen enough.
                return stop.isRequested || server?.exitStatus() != nil
            } progress: { _, interval in
                progress.show(interval)
            }
        } catch {
            progress.end()
            throw .failed(Self.text(error, server))
        }
        resources.finish()
        progress.end()
        return outcome
    }

    private static func text(_ error: LoadRunError, _ server: ServerProcess?) -> String {
        let death = server?.exitStatus().map { "; the process for it is gone: \($0.text)" } ?? ""
        return switch error {
        case .driver(let error): "\(error)\(death)"
        case .thread(let error): "cannot start a load thread: \(error)"
        case .recording(let error): "cannot record latencies: \(error)"
        }
    }
}

/// Tells the topics of one run from those of any other on the same broker.
enum RunIdentifier {
    /// Eight hexadecimal digits.
    static func make() -> String {
        let digits = String(UInt32.random(in: 0...UInt32.max), radix: 16)
        return String(repeating: "0", count: 8 - digits.utf8.count) + digits
    }
}
