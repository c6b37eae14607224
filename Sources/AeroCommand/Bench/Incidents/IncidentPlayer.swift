// Does to a run what its script says, while it is loaded.

import AeroDrivers
import AeroIO
import AeroLoad
import AeroReport
import Glibc

/// A run's script, its broker and its connections.
///
/// Belongs to the collecting thread, which calls `tick` many times a second; incidents are as
/// punctual as that, and their real times are what the result has. What consumers play, they play
/// by themselves and on time; here it is only written down.
final class IncidentPlayer {
    private enum State {
        case idle
        /// Under way until a time.
        case struck(until: Int64)
        /// Killed, started again, and not ready yet.
        case starting
    }

    /// The broker that runs now, or ran last; nil when the run has none of its own.
    private(set) var server: ServerProcess?
    /// Cuts the connections of the run's driver.
    let storm = ConnectionStorm()
    private var pending: ArraySlice<PlannedIncident>
    /// What was done, in times of the monotonic clock.
    private(set) var played: [PlayedIncident] = []
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
            guard let next = pending.first else { return }
            let due = window.measureStartNanoseconds + next.atNanoseconds
            guard now >= due else { return }
            pending.removeFirst()
            begin(next, dueNanoseconds: due, now)
        case .struck(let until):
            guard now >= until, let last = played.last else { return }
            conclude(last.incident, untilNanoseconds: until, now)
        case .starting:
            if server?.saysReady() == true { end(now) }
        }
    }

    private func begin(_ incident: PlannedIncident, dueNanoseconds due: Int64, _ now: Int64) {
        switch incident.kind {
        case .pause: server?.signal(SIGSTOP)
        case .kill: server?.signal(SIGKILL)
        case .disconnect(let share): storm.begin(shareBillionths: share)
        case .diskDelay(let delay): server?.tell(DiskDelayLine.text(nanoseconds: delay))
        case .slowConsumer, .backlog: break
        }
        let start = incident.consumers.arePlaying ? due : now
        played.append(PlayedIncident(incident: incident, start: start))
        state = .struck(until: start + incident.lengthNanoseconds)
    }

    private func conclude(
        _ incident: PlannedIncident, untilNanoseconds until: Int64, _ now: Int64
    ) {
        switch incident.kind {
        case .pause:
            server?.signal(SIGCONT)
            end(now)
        case .kill: startAgain()
        case .disconnect:
            storm.end()
            end(now)
        case .diskDelay:
            server?.tell(DiskDelayLine.text(nanoseconds: 0))
            end(now)
        case .slowConsumer, .backlog: end(until)
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
        if case .struck = state, played.last?.incident.kind == .kill { return false }
        return server?.exitStatus() != nil
    }

    /// Lets a stopped broker go on: a run that ends meanwhile could not stop it.
    func finish() {
        if case .struck = state, played.last?.incident.kind == .pause { server?.signal(SIGCONT) }
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
                    IncidentKind(each.incident.name), startNanoseconds: each.start - loadStart,
                    endNanoseconds: each.end.map { $0 - loadStart }, in: document))
        }
        return records
    }
}

/// Something that was done, in times of the monotonic clock.
struct PlayedIncident: Sendable {
    let incident: PlannedIncident
    let start: Int64
    /// When it was over; nil while it lasts.
    var end: Int64?

    /// Whether it lasted for some of these times.
    func overlaps(_ times: ClosedRange<Int64>) -> Bool {
        start <= times.upperBound && end ?? .max >= times.lowerBound
    }
}
