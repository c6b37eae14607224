// Where everybody who watches a run finds its time plan.

import AeroLoad
import Synchronization

/// The time plan of the run under way, as it stands; a warm-up may end early.
final class WindowBoard: Sendable {
    private let state = Mutex<RecordingWindow?>(nil)

    /// Nil until the load begins.
    var window: RecordingWindow? { state.withLock { $0 } }

    /// Puts the plan up, or a new one in its place.
    func post(_ window: RecordingWindow) { state.withLock { $0 = window } }
}
