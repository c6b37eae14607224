// Carrying an uncopyable value into the closure that a thread runs.

import Synchronization

/// A box that gives its value away once.
///
/// An escaping closure cannot consume an uncopyable value that it captured, so a ring end on its
/// way to a thread travels in one of these: captured, then taken out at the closure's start.
///
/// - Thread: Any. For start-up only; there is a lock in it.
package final class HandOver<Value: ~Copyable & Sendable>: Sendable {
    private let content: Mutex<Value?>

    /// - Parameter value: Consumed.
    package init(_ value: consuming Value) { content = Mutex(value) }

    /// Takes the value out; a second call is a broken invariant and traps.
    package func take() -> Value {
        guard let value = content.withLock({ $0.take() }) else {
            preconditionFailure("a HandOver gives its value away once")
        }
        return value
    }
}
