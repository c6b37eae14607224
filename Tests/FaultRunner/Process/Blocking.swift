// From the thread that deals blows to the tasks that suffer them.

import Dispatch
import Synchronization

/// Something did not come to an end.
struct Stuck: Error, CustomStringConvertible {
    let what: String
    var description: String { "\(what) did not come to an end" }
}

/// Work on Swift's threads that another thread waits for.
final class BackgroundWork<Value: Sendable>: Sendable {
    private let outcome = Mutex<Result<Value, any Error>?>(nil)
    private let isDone = DispatchSemaphore(value: 0)
    private let what: String

    /// Begins at once.
    init(_ what: String, _ body: @escaping @Sendable () async throws -> Value) {
        self.what = what
        Task {
            do {
                let value = try await body()
                outcome.withLock { $0 = .success(value) }
            } catch {
                outcome.withLock { $0 = .failure(error) }
            }
            isDone.signal()
        }
    }

    /// Waits for the end.
    ///
    /// - Throws: What the work throws; `Stuck` when it takes longer.
    func wait(seconds: Int = 120) throws -> Value {
        guard isDone.wait(timeout: .now() + .seconds(seconds)) == .success,
            let outcome = outcome.withLock({ $0 })
        else { throw Stuck(what: what) }
        return try outcome.get()
    }
}
