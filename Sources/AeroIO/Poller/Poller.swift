// The one interface to the kernel's readiness and completion machinery.

import Glibc

/// Completion-style socket input and output for one thread.
///
/// Use: `wait`, then `next` until it gives nil, again and again. All calls are made on the thread
/// that created the poller. What is asked for inside the loop over `next` may complete in the same
/// loop (epoll does what it can at once) or after a following `wait` (io_uring submits there).
///
/// Nothing is allocated per event in steady state; tables grow when a higher index is first used.
/// A token that names nothing open is a broken invariant, and traps.
package protocol Poller: ~Copyable {
    /// - Throws: `Errno` where the kernel refuses the descriptors or memory needed.
    init(configuration: PollerConfiguration) throws(Errno)

    /// Begins to accept on a listening socket, which the poller owns from here on.
    /// - Throws: `Errno` where the kernel will not watch it; the socket is closed then.
    mutating func addListener(_ descriptor: consuming FileDescriptor, token: Token) throws(Errno)

    /// Begins to receive on a non-blocking connection, which the poller owns from here on.
    /// - Parameters:
    ///   - descriptor: Connected or, with `isConnecting`, on its way there.
    ///   - token: Free: never used, or closed with its `.closed` delivered.
    ///   - isConnecting: `.connected` or `.failed` comes first. A send may be given before.
    /// - Throws: `Errno` where the kernel will not watch it; the connection is closed then.
    mutating func addConnection(
        _ descriptor: consuming FileDescriptor, token: Token, isConnecting: Bool
    ) throws(Errno)

    /// Begins to connect, and to receive once connected: `.connected` or `.failed` comes first.
    ///
    /// The default makes a socket of the system's. A poller over another network says how there.
    /// - Parameter token: Free, as above. A send may be given at once.
    /// - Throws: `Errno` where it is known at once that it can't be; the token is free then.
    mutating func connect(
        to address: SocketAddress, options: SocketOptions, token: Token
    ) throws(Errno)

    /// Withholds or resumes reads: while off, the token gets no `.received` and no `.endOfStream`;
    /// what arrived meanwhile is delivered, in order, after turning it on. Beyond a bounded amount
    /// it waits in the socket, so the peer comes to a halt. A peer that resets the connection is
    /// reported all the same, `.failed`: nobody is there any more who waits for an answer.
    mutating func setReceiving(_ token: Token, _ isOn: Bool)

    /// Sends bytes gathered from `vectors`; one send in flight per token.
    /// - Parameters:
    ///   - token: A connection without a send in flight.
    ///   - vectors: 1 to `PollerConfiguration.sendVectorLimit` entries, at least one byte in all.
    ///     The array is copied; the bytes stay valid until `.sent`, or else until `.closed`.
    mutating func send(_ token: Token, _ vectors: UnsafeBufferPointer<SendVector>)

    /// Sends a range of a file, in the place of a `send`: one in flight per token, of either kind.
    ///
    /// A file that turns out to be shorter fails the connection with `Errno.noData`, one that
    /// can't be read with what the disk said (`Errno.concernsFile`). Waits for the disk where the
    /// bytes aren't in memory.
    /// - Parameters:
    ///   - token: A connection without a send in flight.
    ///   - slice: At least one byte. The file stays open until `.sent`, or else until `.closed`.
    mutating func sendFile(_ token: Token, _ slice: FileSlice)

    /// Ends a listener or connection: after this its only completion is `.closed`. Bytes of a send
    /// in flight may or may not have left.
    mutating func close(_ token: Token)

    /// Sends the end of the stream once the send in flight, if any, is over.
    mutating func shutdownWriting(_ token: Token)

    /// Waits for something to report.
    ///
    /// Returns early, without anything to report, when a stale wake-up or an interruption ends the
    /// sleep: a signal, or the kernel's own clearing up after an io_uring this thread closed.
    /// - Parameter timeoutNanoseconds: Below zero waits for ever, zero polls.
    /// - Throws: `Errno` that the poller cannot go on after.
    mutating func wait(timeoutNanoseconds: Int64) throws(Errno)

    /// The next completion, or nil when this wait has no more.
    mutating func next() -> Completion?

    /// Wakes this poller's thread from others.
    var waker: Waker { get }

    /// What the poller has done so far.
    var statistics: PollerStatistics { get }

    /// System calls that it has made for what its statistics count.
    var systemCallCount: UInt64 { get }
}

extension Poller where Self: ~Copyable {
    /// One for each wait, receive, send and accept, which is what a poller without a queue needs.
    package var systemCallCount: UInt64 {
        let counts = statistics
        return counts.waitCount &+ counts.receiveCount &+ counts.sendCount &+ counts.acceptCount
    }

    /// Sends the front of an output queue.
    package mutating func send(_ token: Token, _ front: OutputFront) {
        switch front {
        case .memory(let vectors): send(token, vectors)
        case .file(let slice): sendFile(token, slice)
        }
    }

    /// Begins to receive on a connected socket: `addConnection(_:token:isConnecting:)`.
    /// - Throws: As that.
    package mutating func addConnection(
        _ descriptor: consuming FileDescriptor, token: Token
    ) throws(Errno) {
        try addConnection(descriptor, token: token, isConnecting: false)
    }

    /// Begins to connect a socket of the system's.
    /// - Throws: As the requirement says.
    package mutating func connect(
        to address: SocketAddress, options: SocketOptions, token: Token
    ) throws(Errno) {
        let socket = try TCPConnection.connect(to: address, options: options)
        try addConnection(socket, token: token, isConnecting: true)
    }
}
