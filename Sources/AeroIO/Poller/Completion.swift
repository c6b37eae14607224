// What a poller reports.

/// One thing that happened to a listener or connection.
package enum Completion {
    /// A connection was accepted: a non-blocking, close-on-exec descriptor which the receiver of
    /// this value now owns and must wrap (`FileDescriptor(owning:)`) or close.
    case accepted(listener: Token, descriptor: Int32)
    /// A connect in progress succeeded; receiving has begun.
    case connected(Token)
    /// Bytes arrived, at least one. They are the poller's, valid until its next `next()` or
    /// `wait(timeoutNanoseconds:)`.
    case received(Token, UnsafeRawBufferPointer)
    /// The peer will send no more; reported once. Sending is still possible.
    case endOfStream(Token)
    /// The send in flight is over. `byteCount`, from its start, were taken by the kernel: at least
    /// one, and perhaps fewer than offered, in which case the caller sends the rest.
    case sent(Token, byteCount: Int)
    /// A connection is dead: nothing but `.closed`, once the caller closes it, will follow, no
    /// `.sent` either. Of a listener: one accept failed (`EMFILE`, …); it is retried by itself.
    case failed(Token, Errno)
    /// The last completion of a token that was closed: the kernel no longer touches memory of a
    /// send, and the token's index may be used again.
    case closed(Token)
    /// `Waker.wake()` was called at least once since the last such completion.
    case woken
}
