// How the library's threads wake the worker that they have something for.

#if KafkaDriver
    import AeroIO
    import Synchronization

    /// Rung by the library when a queue of a client is no longer empty, and by nobody else.
    final class KafkaBell: Sendable {
        /// True at first: whatever came before anybody listened is looked for once.
        private let hasRung = Atomic<Bool>(true)
        private let waker: Waker

        /// - Parameter waker: Of the poller on which the worker waits.
        init(_ waker: Waker) { self.waker = waker }

        /// Whether there is something to look for; it stays for `answer`.
        var isRinging: Bool { hasRung.load(ordering: .relaxed) }

        /// True once for all that rang before. What is enqueued later rings again.
        func answer() -> Bool {
            guard isRinging else { return false }
            // Acquiring, so that what is read of the queue is not older than the ring.
            return hasRung.exchange(false, ordering: .acquiring)
        }

        func ring() {
            hasRung.store(true, ordering: .releasing)
            waker.wake()
        }

        /// What the library calls, on a thread of its own and with the queue locked. It makes a
        /// system call only when the worker is asleep; a descriptor would take one for each burst.
        static let callback:
            @Sendable @convention(c) (OpaquePointer?, UnsafeMutableRawPointer?) -> Void = {
                _, opaque in
                guard let opaque else { return }
                // SAFETY: a client keeps its bell for longer than its queues have the callback.
                Unmanaged<KafkaBell>.fromOpaque(opaque).takeUnretainedValue().ring()
            }

        /// The bell as the library hands it to `callback`; it stays its owner's.
        var opaque: UnsafeMutableRawPointer {
            // SAFETY: as above; no count is taken.
            Unmanaged.passUnretained(self).toOpaque()
        }
    }
#endif
