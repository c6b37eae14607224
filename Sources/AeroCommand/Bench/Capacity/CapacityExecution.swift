// Carries a capacity search out: a run for each rate that it asks for.

import AeroIO
import AeroLoad
import AeroReport

/// One search. Makes the probes, each with a target of its own, and the document of all of them.
struct CapacityExecution {
    private let options: CapacityOptions
    private let execution: RunExecution
    private var search: CapacitySearch
    private var probes: [CapacityProbe] = []
    /// The latest run: where and against what the search took place.
    private var latest: ResultDocument?
    private let id = CreationStamp.makeIdentifier()
    private let createdAt = CreationStamp.now()

    init(_ options: CapacityOptions, _ execution: RunExecution) {
        self.options = options
        self.execution = execution
        search = CapacitySearch(options.limits)
    }

    /// Searches to the end, or until somebody asks it to stop.
    ///
    /// - Parameter keep: Takes what is known after each probe.
    mutating func run(
        keep: (CapacityDocument) throws(CommandError) -> Void
    ) throws(CommandError) -> CapacityDocument {
        var action = search.first
        // BOUND: the search ends after its own bound on probes.
        while true {
            switch action {
            case .finished(let answer):
                let document = try document(answer)
                try keep(document)
                return document
            case .probe(let rate, let phase):
                let probe = try probe(rate, phase)
                if execution.stop.isRequested {
                    let document = try document(search.answerWhenCut())
                    try keep(document)
                    return document
                }
                action = search.next(after: probe.verdict)
                try keep(try document(search.answerWhenCut()))
                if case .probe = action {
                    execution.stop.wait(atMostNanoseconds: options.coolDownNanoseconds)
                }
            }
        }
    }

    /// Holds one rate.
    private mutating func probe(
        _ rate: Double, _ phase: CapacityPhase
    ) throws(CommandError) -> CapacityProbe {
        announce(
            "probe \(probes.count + 1), \(phase.rawValue): \(UnitText.messageRate(rate)) …",
            isTransient: true)
        let run = try execution.run(try options.scaled.scenario(atRate: rate))
        if let failure = run.failure { throw failure }
        latest = run.document
        let probe: CapacityProbe
        do throws(ResultFileError) {
            probe = try CapacityProbe(
                run.document,
                CapacityQuestion(
                    index: probes.count, phase: phase, offeredPerSecond: rate,
                    objectives: options.objectives,
                    backlogGrowthShareMax: CapacityOptions.backlogGrowthShareMax,
                    refusedCount: run.refusedCount))
        } catch {
            throw .failed("a probe cannot be judged: \(error)")
        }
        probes.append(probe)
        announce(CapacityTable.line(probe), isTransient: false)
        return probe
    }

    /// Says what is going on; what is transient is said on a terminal only, and drawn over.
    private func announce(_ text: String, isTransient: Bool) {
        guard !options.isQuiet else { return }
        let console = execution.console
        if console.isErrorTerminal {
            console.errorText("\r\u{1B}[K" + text + (isTransient ? "" : "\n"))
        } else if !isTransient {
            console.error(text)
        }
    }

    private func document(_ answer: CapacityAnswer) throws(CommandError) -> CapacityDocument {
        guard let latest else { preconditionFailure("a search makes a probe before it ends") }
        let scenario = options.scaled.scenario
        let limits = options.limits
        return CapacityDocument(
            id: id, createdAt: createdAt, tool: execution.tool,
            scenario: ScenarioRecord(scenario), driver: latest.driver,
            environment: latest.environment, objectives: options.objectives.map(\.text),
            settings: CapacitySettings(
                holdNanoseconds: scenario.durationNanoseconds,
                warmupNanoseconds: scenario.warmupNanoseconds,
                coolDownNanoseconds: options.coolDownNanoseconds, precision: limits.precision,
                fromPerSecond: limits.from, toPerSecond: limits.to,
                backlogGrowthShareMax: CapacityOptions.backlogGrowthShareMax,
                isTargetFresh: execution.target.isEmbedded),
            probes: probes, answer: answer, curve: CapacityPoint.curve(of: probes),
            endedBy: answer.kind == .cut ? .interrupted : .completed, notes: notes)
    }

    private var notes: [String] {
        var notes = options.scaled.note.map { [$0] } ?? []
        if execution.tool.build != "release" {
            notes.append("this is a debug build, which measures nothing but itself")
        }
        return notes
    }
}
