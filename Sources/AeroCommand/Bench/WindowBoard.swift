// Where everybody who watches a run finds its time plan and its processes.

import AeroLoad
import Synchronization

/// The time plan of the run under way, as it stands; a warm-up may end early.
final class WindowBoard: Sendable {
    private let state = Mutex<RecordingWindow?>(nil)
    private let others = Mutex<[Int32]>([])

    /// Nil until the load begins.
    var window: RecordingWindow? { state.withLock { $0 } }

    /// Processes that make the load; empty where this one does.
    var processes: [Int32] { others.withLock { $0 } }

    /// Puts the plan up, or a new one in its place.
    func post(_ window: RecordingWindow) { state.withLock { $0 = window } }

    /// Says which processes make the load.
    func post(processes: [Int32]) { others.withLock { $0 = processes } }
}
