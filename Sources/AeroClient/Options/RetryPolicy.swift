// Whether a batch whose fate is unknown is sent again.

/// What a producer that is not idempotent does with a batch when the connection is lost, or no
/// answer comes, after it was sent.
///
/// The broker may or may not have stored it: sending it again can store it twice, and behind
/// batches that were sent later. So the default is not to, and to let the caller decide with the
/// error in hand. A batch that was never sent, or that the broker refused for a passing reason, is
/// not in doubt, and is sent (again) under either policy until the producer's delivery timeout.
///
/// An idempotent producer, the default, needs no policy: see `ProducerOptions.isIdempotent`.
public enum RetryPolicy: Sendable, Equatable {
    /// Fail with `.connectionLost` or `.timedOut`: at most once.
    case never
    /// Send again, up to so many attempts in all: at least once, perhaps more often.
    ///
    /// - Parameter maximumAttempts: From 2 to 100, the first one included.
    case atLeastOnce(maximumAttempts: Int)

    /// Attempts in all when the outcome of one is not known.
    var attemptCountMax: Int {
        switch self {
        case .never: 1
        case .atLeastOnce(let maximumAttempts): maximumAttempts
        }
    }
}
