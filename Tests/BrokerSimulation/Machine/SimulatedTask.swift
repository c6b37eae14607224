// A thread of a simulated machine: turns that are run when there is something to do.

import FaultSupport
import TestSupport

/// Runs an event loop's turns: when its poller has something, when its time has come, and never
/// while it is paused.
///
/// Between the reason for a turn and the turn lies a seeded delay, as a scheduler's: so what
/// arrives together is sometimes served together and sometimes not.
final class SimulatedTask {
    private let scheduler: SimulationScheduler
    private let label: StaticString
    private let number: Int
    private var random: SplitMix64
    private let turn: () -> Int64
    private var dueNanoseconds = Int64.max
    private var generation = 0
    private var readyNanoseconds: Int64 = 0
    private var pausedUntilNanoseconds: Int64 = 0
    private var isStopped = false

    /// - Parameters:
    ///   - label: What it is, for the trace.
    ///   - number: Which of them.
    ///   - turn: Runs a turn; gives the time of the next at the latest, in nanoseconds.
    init(
        _ scheduler: SimulationScheduler, _ label: StaticString, _ number: Int, seed: UInt64,
        turn: @escaping () -> Int64
    ) {
        self.scheduler = scheduler
        self.label = label
        self.number = number
        self.turn = turn
        random = SplitMix64(seed: seed, part: UInt64(number) + 1_000)
    }

    /// There is something to do.
    func wake() {
        // A loaded machine now and then lets a thread wait.
        let delay =
            random.once(in: 100)
            ? random.drawTime(100_000...5_000_000) : random.drawTime(500...20_000)
        request(scheduler.nowNanoseconds + delay)
    }

    /// No turn is run for so long.
    func pause(nanoseconds: Int64) {
        scheduler.note("pause", number, Int(nanoseconds))
        pausedUntilNanoseconds = max(
            pausedUntilNanoseconds, scheduler.nowNanoseconds + nanoseconds)
        request(pausedUntilNanoseconds)
    }

    /// No turn is run any more.
    func stop() {
        isStopped = true
        generation += 1
    }

    private func request(_ time: Int64) {
        guard !isStopped else { return }
        let time = max(time, readyNanoseconds, pausedUntilNanoseconds)
        guard time < dueNanoseconds else { return }
        dueNanoseconds = time
        generation += 1
        let wanted = generation
        scheduler.at(time) { [weak self] in self?.run(wanted) }
    }

    private func run(_ wanted: Int) {
        guard !isStopped, wanted == generation else { return }
        dueNanoseconds = .max
        guard scheduler.nowNanoseconds >= pausedUntilNanoseconds else {
            request(pausedUntilNanoseconds)
            return
        }
        scheduler.note(label, number)
        let next = turn()
        // What a turn costs: the next cannot begin before.
        readyNanoseconds = scheduler.nowNanoseconds + random.drawTime(1_000...30_000)
        request(next)
    }
}
