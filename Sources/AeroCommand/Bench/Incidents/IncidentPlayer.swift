// Does to a broker what a script says, while a run loads it.

import AeroIO
import AeroLoad
import AeroReport
import Glibc

/// A broker and what is still to be done to it.
///
/// Belongs to the collecting thread, which calls `tick` many times a second; incidents are as
/// punctual as that, and their real times are what the result has.
final class IncidentPlayer {
    /// What was done, in times of the monotonic clock.
    private struct Played {
        let kind: IncidentKind
        let start: Int64
        var end: Int64?
    }

    private enum State {
        case idle
        /// Stopped or dead until a time.
        case struck(until: Int64)
        /// Started again, and not ready yet.
        case starting
    }

    /// The broker that runs now, or ran last; nil when the run has none of its own.
    private(set) var server: ServerProcess?
    private var pending: ArraySlice<PlannedIncident>
    private var played: [Played] = []
    private var state = State.idle
    private let board: WindowBoard
    private let restart: () throws(CommandError) -> ServerProcess
    /// Why a killed broker could not be started again.
    private(set) var failure: CommandError?

    /// - Parameters:
    ///   - server: The broker.
    ///   - script: In the order of time, without overlaps.
    ///   - board: Where the measured window is found, whose start the script counts from.
    ///   - restart: Starts the broker again, without waiting for it.
    init(
        _ server: ServerProcess?, _ script: [PlannedIncident], _ board: WindowBoard,
        restart: @escaping () throws(CommandError) -> ServerProcess
    ) {
        self.server = server
        pending = script[...]
        self.restart = restart
        self.board = board
    }

    /// Does what is due.
    func tick() {
        guard let window = board.window else { return }
        let now = MonotonicClock.nowNanoseconds()
        switch state {
        case .idle:
            guard let next = pending.first,
                now >= window.measureStartNanoseconds + next.atNanoseconds
            else { return }
            pending.removeFirst()
            server?.signal(next.kind == .pause ? SIGSTOP : SIGKILL)
            played.append(Played(kind: next.kind, start: now))
            state = .struck(until: now + next.lengthNanoseconds)
        case .struck(let until):
            guard now >= until, let kind = played.last?.kind else { return }
            switch kind {
            case .pause:
                server?.signal(SIGCONT)
                end(now)
            case .kill: startAgain()
            }
        case .starting:
            if server?.saysReady() == true { end(now) }
        }
    }

    private func startAgain() {
        // Reaped first, so that its port and its directory are free.
        _ = server?.stop()
        do throws(CommandError) {
            server = try restart()
            state = .starting
        } catch {
            failure = error
            state = .idle
        }
    }

    private func end(_ now: Int64) {
        played[played.count - 1].end = now
        state = .idle
    }

    /// Whether the broker is gone although nobody wanted it to be.
    var isServerLost: Bool {
        if failure != nil { return true }
        if case .struck = state, played.last?.kind == .kill { return false }
        return server?.exitStatus() != nil
    }

    /// Lets a stopped broker go on: a run that ends meanwhile could not stop it.
    func finish() {
        if case .struck = state, played.last?.kind == .pause { server?.signal(SIGCONT) }
    }

    /// What was done, as the result of the run has it; nil when nothing was.
    ///
    /// - Throws: `.invalidValue` when a histogram does not decode.
    func records(_ document: ResultDocument) throws(ResultFileError) -> [IncidentRecord]? {
        guard let loadStart = board.window?.startNanoseconds, !played.isEmpty else { return nil }
        var records: [IncidentRecord] = []
        for each in played {
            records.append(
                try IncidentRecord(
                    each.kind, startNanoseconds: each.start - loadStart,
                    endNanoseconds: each.end.map { $0 - loadStart }, in: document))
        }
        return records
    }
}
