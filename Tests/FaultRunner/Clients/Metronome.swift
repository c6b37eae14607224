// The pace of a round's clients.

import AeroIO
import Synchronization

/// Lets tasks go on a few hundred times a second, without keeping one of Swift's threads for each.
///
/// A round is about many moments, not about many messages: its history has to be kept and judged.
final class Metronome: Sendable {
    private static let beatNanoseconds: Int64 = 5_000_000
    private let waiters = Mutex<[CheckedContinuation<Void, Never>]>([])

    private init() {}

    /// Starts to beat, up to the end of the process.
    static func start() throws(Errno) -> Metronome {
        let metronome = Metronome()
        // Dropping the handle lets the thread run on by itself.
        _ = try SystemThread.start(name: "metronome") {
            while true {
                SystemThread.sleep(nanoseconds: beatNanoseconds)
                metronome.letGo()
            }
        }
        return metronome
    }

    private func letGo() {
        let waiting = waiters.withLock { waiters in
            let all = waiters
            waiters.removeAll(keepingCapacity: true)
            return all
        }
        for waiter in waiting { waiter.resume() }
    }

    /// Waits for the next beat.
    func beat() async {
        await withCheckedContinuation { continuation in
            waiters.withLock { $0.append(continuation) }
        }
    }
}
