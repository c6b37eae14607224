// What the epoll poller knows of one descriptor.

import Glibc

/// A listener or connection of an `EpollPoller`; owns vectors once a send blocked.
struct EpollSlot: PollerSlot {
    /// What stands in for the state machine: most combinations are legal.
    struct State: OptionSet {
        let rawValue: UInt16

        static let listener = State(rawValue: 1 << 0)
        static let connecting = State(rawValue: 1 << 1)
        /// Reads are not withheld.
        static let receiving = State(rawValue: 1 << 2)
        /// The kernel may hold something to receive or accept.
        static let readable = State(rawValue: 1 << 3)
        /// The kernel may take something to send.
        static let writable = State(rawValue: 1 << 4)
        /// The peer's end or an error is in the socket: a short read doesn't mean drained.
        static let hangup = State(rawValue: 1 << 5)
        /// A send was accepted and its `.sent` isn't delivered.
        static let sending = State(rawValue: 1 << 6)
        /// The send is over; `sentByteCount` is to be reported.
        static let sent = State(rawValue: 1 << 7)
        /// `failure` is to be reported.
        static let failing = State(rawValue: 1 << 8)
        /// `.failed` was delivered.
        static let dead = State(rawValue: 1 << 9)
        /// The end of the stream was delivered.
        static let ended = State(rawValue: 1 << 10)
        /// Closed by the caller; `.closed` is to be reported.
        static let closing = State(rawValue: 1 << 11)
        /// Shut down writing once the send is over.
        static let shutdown = State(rawValue: 1 << 12)
        /// A listener that rests after a failure.
        static let resting = State(rawValue: 1 << 13)
        /// An error, or the end of both directions, is in the socket.
        static let broken = State(rawValue: 1 << 14)
    }

    var token = Token(rawValue: 0)
    var isOpen = false
    var isQueued = false
    var nextQueued: UInt32 = 0
    var state: State = []
    var descriptor: Int32 = -1
    var failure: Int32 = 0
    var sentByteCount = 0
    /// The vectors of a send that could not start: `vectorCapacity` of room, kept until closed.
    var vectors: UnsafeMutablePointer<iovec>?
    var vectorCount = 0
    var vectorCapacity = 0
    /// What the send in flight sends, if it is of a file.
    var file: FileSlice?

    /// The kernel may take something to send, as far as is known.
    var maySend: Bool { state.contains(.writable) && !state.contains(.connecting) }
}
