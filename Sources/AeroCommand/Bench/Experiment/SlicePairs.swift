// Pairs whose sides are alive together, the load changing from one to the other.

import AeroIO
import AeroLoad
import AeroReport

/// Measures a pair in slices: both brokers are started and warmed, then each of some couples of
/// slices loads both, one after the other, in an order that a coin decides.
///
/// What the machine does over seconds falls on both sides alike, which takes most of the noise out.
/// The pair is the unit still: two processes differ from two others by more than slices show.
struct SlicePairs: PairSource {
    /// One slice of each scenario.
    let scenarios: [Scenario]
    /// Slices of each side, scenario by scenario.
    let sliceCounts: [Int]
    let sides: SidePair
    let console: Console
    let stop: StopRequest
    let tool: ToolRecord
    /// Draws the order within couples.
    let seed: UInt64

    mutating func measure(_ plan: PairPlan) -> MeasuredPair {
        var pair = MeasuredPair()
        for (scenario, sliceCount) in zip(scenarios, sliceCounts) {
            pair.failure = measure(scenario, sliceCount, plan, &pair)
            if pair.failure != nil || stop.isRequested { return pair }
        }
        return pair
    }

    private func measure(
        _ scenario: Scenario, _ sliceCount: Int, _ plan: PairPlan, _ pair: inout MeasuredPair
    ) -> PairFailure? {
        var alive: [LiveSide] = []
        defer {
            for side in alive { side.end(console) }
        }
        var failure = load(scenario, sliceCount, plan, &alive, &pair)
        // What there is of a pair that was cut off is kept, too.
        for live in alive where !live.slices.isEmpty {
            do throws(ResultFileError) {
                var document = try ResultDocument(joining: live.slices)
                document.notes = [note(live, plan)]
                pair.append(document, of: live.side)
            } catch {
                let reason = "its slices do not fit: \(error)"
                failure = failure ?? PairFailure(side: live.side, reason: reason)
            }
        }
        return failure
    }

    /// Starts both sides and loads them in turn, until one fails or somebody asks to stop.
    private func load(
        _ scenario: Scenario, _ sliceCount: Int, _ plan: PairPlan, _ alive: inout [LiveSide],
        _ pair: inout MeasuredPair
    ) -> PairFailure? {
        for side in plan.order {
            do throws(CommandError) {
                let live = try LiveSide(side, sides.target(side, plan), scenario, console)
                alive.append(live)
                // Warms the process up; what it measures is nothing.
                let warmup = try execution(live).run(scenario)
                if let failure = live.failure(in: warmup.document) {
                    // Where nobody ever listened there is no run.
                    if live.isOwnProcess { live.slices.append(warmup.document) }
                    return failure
                }
            } catch {
                return PairFailure(side: side, reason: error.message)
            }
            if stop.isRequested { return nil }
        }
        let coins = CounterRandom(seed: seed &+ UInt64(plan.number))
        for couple in 0..<sliceCount {
            // The first couple keeps the order of the pair, by which files tell who was first.
            let isInOrder = couple == 0 || coins.word(UInt64(couple)) & 1 == 0
            let order = isInOrder ? [0, 1] : [1, 0]
            for place in order {
                let failure = slice(scenario, alive[place], &pair)
                if failure != nil || stop.isRequested { return failure }
            }
        }
        return nil
    }

    private func slice(
        _ scenario: Scenario, _ live: LiveSide, _ pair: inout MeasuredPair
    ) -> PairFailure? {
        let watch = MachineWatch()
        let document: ResultDocument
        do throws(CommandError) { document = try execution(live).run(scenario).document } catch {
            return PairFailure(side: live.side, reason: error.message)
        }
        pair.signals.append(watch.signals())
        live.slices.append(document)
        return live.failure(in: document)
    }

    private func execution(_ live: LiveSide) -> RunExecution {
        RunExecution(
            target: live.target, console: console, stop: stop, tool: tool, isQuiet: true)
    }

    private func note(_ live: LiveSide, _ plan: PairPlan) -> String {
        "pair \(plan.number) of an experiment, \(live.side.rawValue), \(live.slices.count) slices "
            + "in turn with the other side's" + (plan.isCanary ? "; the base against itself" : "")
    }
}

/// A side that is alive, with its slices so far.
private final class LiveSide {
    let side: GateSide
    /// Where its load goes.
    let target: RunTarget
    var slices: [ResultDocument] = []
    private let server: ServerProcess?
    private let directory: RunDirectory?

    init(
        _ side: GateSide, _ target: RunTarget, _ scenario: Scenario, _ console: Console
    ) throws(CommandError) {
        self.side = side
        guard target.endpoint == nil else {
            (self.target, server, directory) = (target, nil, nil)
            return
        }
        let needsDisk = scenario.classes.contains(where: \.storage.needsDisk)
        let directory = needsDisk ? try RunDirectory(in: target.dataFolder) : nil
        let started: ServerProcess
        do throws(CommandError) {
            started = try ServerProcess.broker(
                scenario.broker, program: target.brokerPath ?? "aeromq",
                directory: directory?.path, pinsShards: false, delaysDisk: false)
        } catch {
            directory?.remove(console)
            throw error
        }
        self.directory = directory
        server = started
        self.target = RunTarget(
            endpoint: started.address, brokerPath: nil, dataFolder: nil, front: target.front)
    }

    /// Whether it was started for this pair.
    var isOwnProcess: Bool { server != nil }

    /// Why a slice of it failed; nil when it did not.
    func failure(in slice: ResultDocument) -> PairFailure? {
        guard slice.window.endedBy == .failed else { return nil }
        let death = server?.exitStatus().map { "the process died: \($0.text)" }
        let reason = slice.validity.reasons.first?.message ?? "a slice failed"
        return PairFailure(side: side, reason: death ?? reason)
    }

    func end(_ console: Console) {
        _ = server?.stop()
        directory?.remove(console)
    }
}
