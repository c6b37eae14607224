// How well a simulated network and its machines' kernels behave.

/// What may happen to connections without anything being broken.
package struct NetworkConditions: Sendable {
    /// How long bytes travel one way, in nanoseconds.
    package var delayNanoseconds: ClosedRange<Int64> = 0...0
    /// Bytes of one direction that were taken from the sender and not yet by the receiver, at
    /// most: the socket buffers of both ends.
    package var bufferByteCount: ClosedRange<Int> = 262_144...262_144
    /// How often, of a hundred times, a receive gives less than is there.
    package var partialReceivePercent = 0
    /// How often, of a hundred times, a send takes less than would fit.
    package var partialSendPercent = 0
    /// True for pollers that do nothing at once: what is asked for completes at a later wait, and
    /// memory of a send is read then, as io_uring may.
    package var isDeferring = false
    /// How long a deferring poller takes for it, in nanoseconds.
    package var deferralNanoseconds: ClosedRange<Int64> = 0...20_000

    /// Everything at once and whole.
    package init() {}

    /// Everything late and in pieces.
    package static var rough: NetworkConditions {
        var conditions = NetworkConditions()
        conditions.delayNanoseconds = 1_000...500_000
        conditions.bufferByteCount = 4_096...65_536
        conditions.partialReceivePercent = 30
        conditions.partialSendPercent = 30
        conditions.isDeferring = true
        return conditions
    }
}
