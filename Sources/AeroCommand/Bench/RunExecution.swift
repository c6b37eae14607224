// One run: target up, load, target down, document.

import AeroDrivers
import AeroIO
import AeroLoad
import AeroReport
import HDRHistogram

/// A run that was made.
struct CompletedRun {
    /// Its result.
    let document: ResultDocument
    /// How often the target refused a message that was due.
    let refusedCount: Int64
    /// Why the load could not begin; its result then has nothing but that.
    let failure: CommandError?
}

/// Makes the runs that one command asked for, each against a target of its own unless there is one
/// already: what one run leaves behind is in no other run's way.
struct RunExecution {
    let target: RunTarget
    let console: Console
    let stop: StopRequest
    let tool: ToolRecord
    let isQuiet: Bool

    /// The same without a word about what happens within a run.
    var quiet: RunExecution {
        RunExecution(target: target, console: console, stop: stop, tool: tool, isQuiet: true)
    }

    /// The same against another target; nil leaves it at its own.
    func against(_ other: RunTarget?) -> RunExecution {
        RunExecution(
            target: other ?? target, console: console, stop: stop, tool: tool, isQuiet: isQuiet)
    }

    /// Runs once.
    ///
    /// - Throws: When there is no target to load; what comes of loading it is part of the result.
    func run(_ scenario: Scenario) throws(CommandError) -> CompletedRun {
        let kind = try TargetKind(scenario)
        try target.check(scenario)
        let directory = try makeDirectory(scenario, kind)
        // After the server has stopped.
        defer { directory?.remove(console) }
        let placement = RunPlacement(scenario, kind, isStarted: target.endpoint == nil)
        let server = try startServer(scenario, kind, directory?.path, placement)
        var runOptions = LoadRunOptions()
        runOptions.cores = placement.workerCores
        let board = WindowBoard()
        let player = IncidentPlayer(server, scenario.incidents, board) { () throws(CommandError) in
            guard let server else { preconditionFailure("only an own target is started again") }
            return try startBroker(scenario, directory?.path, placement, again: server.address)
        }
        defer {
            player.finish()
            _ = player.server?.stop()
        }
        let front = try startFront(target.endpoint ?? server?.address)
        // Before the server behind it.
        defer { _ = front?.stop() }
        let endpoint = front?.address ?? target.endpoint ?? server?.address
        let processes = try generatorProcesses(scenario, kind, endpoint, placement)
        let environment = EnvironmentCapture().record(
            libc: ToolIdentity.libc, placement: placement.record)
        let monitor = HealthMonitor()
        runOptions.onProcesses = { board.post(processes: $0) }
        runOptions.onWindow = {
            board.post($0)
            monitor.begin($0, processes: board.processes)
        }
        // Processes hear of the start when they look for it.
        if processes != nil { runOptions.leadNanoseconds = 200_000_000 }
        let warmup = WarmupJudge(classCount: scenario.classes.count)
        runOptions.endsWarmup = { warmup.endsWarmup($0) }
        let serverIdentifier = server?.processIdentifier ?? target.serverIdentifier
        let resources = ResourceSampler(brokerIdentifier: serverIdentifier, board: board)
        let startedAt = CreationStamp.now()
        let outcome: LoadOutcome
        let failure: CommandError?
        do throws(CommandError) {
            (outcome, failure) = try load(
                scenario, kind,
                kind.driver(
                    endpoint, access: target.access, logPath: target.logPath, storm: player.storm
                ) { [stop] in stop.isRequested }, runOptions, processes,
                RunWatch(player: player, resources: resources, monitor: monitor, stop: stop))
        } catch {
            _ = monitor.finish()
            throw error
        }
        let facts = RunFacts(
            scenario: scenario, target: kind, endpoint: endpoint,
            targetVersion: server?.version, isEmbedded: server != nil || kind.isInProcess,
            brokerIdentifier: serverIdentifier,
            brokerDeath: player.death, outcome: outcome, health: monitor.finish(),
            played: player.played, startedAt: startedAt,
            resources: resources, environment: environment, tool: tool,
            settledIntervalCount: warmup.cutCount,
            isDirectoryInMemory: directory?.isInMemory ?? false)
        return CompletedRun(
            document: try document(facts, player), refusedCount: outcome.refusedCount,
            failure: failure)
    }

    private func document(
        _ facts: RunFacts, _ player: IncidentPlayer
    ) throws(CommandError) -> ResultDocument {
        var document: ResultDocument
        do throws(HistogramError) { document = try ResultDocument(facts) } catch {
            throw .failed("the recorded latencies cannot be read back: \(error)")
        }
        do throws(ResultFileError) { document.incidents = try player.records(document) } catch {
            throw .failed("the incidents cannot be judged: \(error)")
        }
        guard let incidents = document.incidents else { return document }
        document.validity = document.validity.excusing(incidents.map(\.kind))
        // A broker that was started again counts from zero: no difference means anything.
        if incidents.contains(where: { $0.kind == .kill }) { document.broker?.dropDifferences() }
        if let failure = player.failure { console.error("aerobench: \(failure.message)") }
        return document
    }

    /// The target's directory, new for each run: the age of a file system's files is no variable.
    private func makeDirectory(
        _ scenario: Scenario, _ kind: TargetKind
    ) throws(CommandError) -> RunDirectory? {
        guard target.endpoint == nil, kind.needsDirectory(scenario) else { return nil }
        return try RunDirectory(in: target.dataFolder)
    }

    private func startServer(
        _ scenario: Scenario, _ kind: TargetKind, _ directory: String?, _ placement: RunPlacement
    ) throws(CommandError) -> ServerProcess? {
        guard target.endpoint == nil else { return nil }
        switch kind {
        case .aeromq: return try startBroker(scenario, directory, placement)
        case .peer(let peer): return try .peer(peer, scenario, directory: directory)
        case .relay, .relayFile, .echo:
            // What a log is told to keep, so that both sides fill as much page cache.
            let kept = scenario.classes.compactMap(\.storage.retentionByteCount).max()
            return try .relay(directory: directory, retentionByteCount: kept)
        case .null, .truth: return nil
        }
    }

    private func startBroker(
        _ scenario: Scenario, _ directory: String?, _ placement: RunPlacement,
        again address: SocketAddress? = nil
    ) throws(CommandError) -> ServerProcess {
        try .broker(
            scenario.broker, program: target.brokerPath ?? "aeromq", directory: directory,
            pinsShards: !placement.shardCores.isEmpty,
            delaysDisk: scenario.incidents.contains { $0.name == .diskDelay }, again: address)
    }

    /// The proxy in front of the target; nil without one.
    private func startFront(_ address: SocketAddress?) throws(CommandError) -> ServerProcess? {
        guard let options = target.front, let address else { return nil }
        return try .proxy(
            to: address, options.forRun(atNanoseconds: MonotonicClock.nowNanoseconds()))
    }

    /// The processes that the scenario wants its workers in; nil for this one.
    private func generatorProcesses(
        _ scenario: Scenario, _ kind: TargetKind, _ endpoint: SocketAddress?,
        _ placement: RunPlacement
    ) throws(CommandError) -> GeneratorProcesses? {
        guard scenario.processCount > 1 else { return nil }
        guard let endpoint, kind != .echo else {
            throw .failed(
                "processes: the messages of driver \(kind.rawValue) come back to the thread that "
                    + "sent them; set processes to 1")
        }
        guard !scenario.incidents.contains(where: { $0.name == .disconnect }) else {
            throw .failed(
                "processes: connections of other processes cannot be cut; leave the incident "
                    + "disconnect out, or set processes to 1")
        }
        let path = try ExecutableFolder.path() + "/aerobench"
        do throws(Errno) {
            return try GeneratorProcesses(
                scenario, path: path, arguments: WorkerCommand.words(endpoint, target.access),
                cores: placement.workerCores)
        } catch {
            throw .failed("cannot share memory with other processes: \(error)")
        }
    }

    private func load(
        _ scenario: Scenario, _ kind: TargetKind, _ driver: any LoadDriver,
        _ runOptions: LoadRunOptions, _ processes: GeneratorProcesses?, _ watch: RunWatch
    ) throws(CommandError) -> (LoadOutcome, failure: CommandError?) {
        let progress = RunProgress(
            scenario, watch.resources.board, console: console, isQuiet: isQuiet)
        if let server = watch.player.server {
            progress.announce(
                "loading \(kind.rawValue), process \(server.processIdentifier) on "
                    + "\(server.address)")
        }
        let plan = LoadPlan(scenario, runId: RunIdentifier.make())
        let run = LoadRun(plan, driver: driver, options: runOptions, processes: processes)
        let outcome: LoadOutcome
        do throws(LoadRunError) {
            outcome = try run.run {
                watch.isOver()
            } progress: { _, interval in
                progress.show(interval)
            } onCollected: {
                watch.resources.finish()
            }
        } catch {
            progress.end()
            return try unbegun(plan, error, watch.player.server)
        }
        progress.end()
        return (outcome, nil)
    }

    /// A target that cannot be loaded, or nobody wants to be any more, is a result, too.
    private func unbegun(
        _ plan: LoadPlan, _ error: LoadRunError, _ server: ServerProcess?
    ) throws(CommandError) -> (LoadOutcome, failure: CommandError?) {
        let failure = CommandError.failed(Self.text(error, server))
        guard case .driver(let cause) = error else { throw failure }
        do throws(HistogramError) {
            guard !stop.isRequested else { return (try .unbegun(plan, .interrupted), nil) }
            return (try .unbegun(plan, .failed(cause)), failure)
        } catch {
            throw failure
        }
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

/// What the collecting thread looks after while a run is under way.
private struct RunWatch {
    let player: IncidentPlayer
    let resources: ResourceSampler
    let monitor: HealthMonitor
    let stop: StopRequest

    /// Does what is due. A target that is dead and a clock that is lost end the run early, as a
    /// person does who has seen enough; the script ends with it, before the drain.
    func isOver() -> Bool {
        resources.tick()
        player.tick()
        let isOver = stop.isRequested || player.isServerLost || monitor.isClockLost
        if isOver { player.finish() }
        return isOver
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
