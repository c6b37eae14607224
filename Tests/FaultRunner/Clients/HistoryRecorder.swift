// The history of one round, written down by many clients at once and kept outside of the broker.

import AeroClient
import FaultSupport
import Synchronization

/// Takes steps from any thread, in the order in which they get here.
final class HistoryRecorder: Sendable {
    private struct State {
        var events: [HistoryEvent] = []
        var acknowledgedCount = 0
        var errorCounts: [String: Int] = [:]
        var brokerCodes: Set<UInt16> = []
        var remarks: [String] = []
        var noise = (acknowledged: 0, readBack: 0)
    }

    private let state = Mutex(State())

    /// Writes a step down.
    func record(_ event: HistoryEvent) {
        state.withLock { state in
            state.events.append(event)
            if case .sendAcknowledged = event { state.acknowledgedCount += 1 }
        }
    }

    /// Counts an error that a client was given; most are what the faults are meant to cause.
    func count(_ error: ClientError) {
        state.withLock { state in
            state.errorCounts[error.code.description, default: 0] += 1
            if let code = error.brokerCode { state.brokerCodes.insert(code) }
        }
    }

    /// Counts records that nobody keeps account of.
    func countNoise(acknowledged: Int = 0, readBack: Int = 0) {
        state.withLock { state in
            state.noise.acknowledged += acknowledged
            state.noise.readBack += readBack
        }
    }

    /// How many of them compaction has taken, at least.
    var takenNoiseCount: Int {
        state.withLock { $0.noise.acknowledged - $0.noise.readBack }
    }

    /// Notes what must not happen and is no step of a history.
    func remark(_ text: String) { state.withLock { $0.remarks.append(text) } }

    var acknowledgedCount: Int { state.withLock { $0.acknowledgedCount } }
    /// How often clients were given each error.
    var errorCounts: [String: Int] { state.withLock { $0.errorCounts } }
    /// Numbers of the protocol's table of codes that clients were given.
    var brokerCodes: Set<UInt16> { state.withLock { $0.brokerCodes } }
    var remarks: [String] { state.withLock { $0.remarks } }
    var events: [HistoryEvent] { state.withLock { $0.events } }
}

/// Tells tasks to come to an end.
final class StopFlag: Sendable {
    private let isRaised = Atomic<Bool>(false)

    /// Relaxed: it carries no data.
    func raise() { isRaised.store(true, ordering: .relaxed) }
    var isSet: Bool { isRaised.load(ordering: .relaxed) }
}
