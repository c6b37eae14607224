// What the io_uring poller knows of one descriptor.

import Glibc

/// A listener or connection of a `UringPoller`.
struct UringSlot: PollerSlot {
    /// What stands in for the state machine: most combinations are legal.
    struct State: OptionSet {
        let rawValue: UInt32

        static let listener = State(rawValue: 1 << 0)
        static let connecting = State(rawValue: 1 << 1)
        /// Reads are not withheld.
        static let receiving = State(rawValue: 1 << 2)
        /// A send was accepted and its `.sent` isn't delivered.
        static let sending = State(rawValue: 1 << 3)
        /// The end of the stream arrived, or was delivered.
        static let endHeld = State(rawValue: 1 << 4)
        static let ended = State(rawValue: 1 << 5)
        /// `failure` is to be reported, after what was received before.
        static let failing = State(rawValue: 1 << 6)
        /// The failure is a send's: reported even while reads are withheld.
        static let sendFailed = State(rawValue: 1 << 7)
        /// `.failed` was delivered.
        static let dead = State(rawValue: 1 << 8)
        /// Closed by the caller; `.closed` is to be reported once no operation is left.
        static let closing = State(rawValue: 1 << 9)
        /// Shut down writing once the send is over.
        static let shutdown = State(rawValue: 1 << 10)
        /// A cancellation of the receive is under way.
        static let cancelling = State(rawValue: 1 << 11)
        /// The send is over, without io_uring; `sentByteCount` is to be reported.
        static let sent = State(rawValue: 1 << 12)

        // Operations the kernel has, each ended by exactly one last completion.
        static let receiveArmed = State(rawValue: 1 << 16)
        static let sendArmed = State(rawValue: 1 << 17)
        static let acceptArmed = State(rawValue: 1 << 18)
        static let connectArmed = State(rawValue: 1 << 19)
        static let writableArmed = State(rawValue: 1 << 20)
        static let resetArmed = State(rawValue: 1 << 21)
        static let armed: State = [
            .receiveArmed, .sendArmed, .acceptArmed, .connectArmed, .writableArmed, .resetArmed,
        ]
    }

    var token = Token(rawValue: 0)
    var isOpen = false
    var isQueued = false
    var nextQueued: UInt32 = 0
    var state: State = []
    var descriptor: Int32 = -1
    var failure: Int32 = 0
    var sentByteCount = 0
    /// What arrived while reads were withheld, in this order: whole buffers, then copied bytes.
    var held = HeldBuffers()
    var copied: UnsafeMutableRawPointer?
    var copiedByteCount = 0
    var copiedCapacity = 0
    /// The vectors of a send that waits for the connection to be made.
    var vectors: UnsafeMutablePointer<iovec>?
    var vectorCount = 0
    /// What the send in flight sends, if it is of a file.
    var file: FileSlice?

    /// There may be something to report besides a send.
    var hasMore: Bool { hasHeldBytes || !state.isDisjoint(with: [.endHeld, .failing]) }

    var hasHeldBytes: Bool { !held.isEmpty || copiedByteCount > 0 }

    /// A receive should be under way and isn't.
    var wantsReceive: Bool {
        state.contains(.receiving)
            && state.isDisjoint(
                with: [
                    .receiveArmed, .connecting, .endHeld, .ended, .failing, .dead, .closing,
                    .listener,
                ])
    }

    /// Appends withheld bytes to memory of the slot's own.
    mutating func copy(_ bytes: UnsafeRawBufferPointer) {
        let needed = copiedByteCount + bytes.count
        if needed > copiedCapacity {
            let capacity = max(needed, 2 * copiedCapacity)
            let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 64)
            if let copied {
                larger.copyMemory(from: copied, byteCount: copiedByteCount)
                copied.deallocate()
            }
            copied = larger
            copiedCapacity = capacity
        }
        guard let source = bytes.baseAddress else { return }
        copied?.advanced(by: copiedByteCount).copyMemory(from: source, byteCount: bytes.count)
        copiedByteCount = needed
    }
}

/// What a completion belongs to: `operation << 56 | generation's low 24 bits << 32 | index`.
struct UringTag {
    enum Operation: UInt8 {
        case receive = 1, send, accept, connect, writable, wake, cancel, reset
    }

    let rawValue: UInt64

    init(rawValue: UInt64) { self.rawValue = rawValue }

    init(_ operation: Operation, _ token: Token) {
        let slot = token.rawValue & 0x00FF_FFFF_FFFF_FFFF
        rawValue = UInt64(operation.rawValue) << 56 | slot
    }

    init(_ operation: Operation) { rawValue = UInt64(operation.rawValue) << 56 }

    var index: UInt32 { UInt32(truncatingIfNeeded: rawValue) }

    var operation: Operation {
        guard let operation = Operation(rawValue: UInt8(rawValue >> 56)) else {
            preconditionFailure("a completion carries the tag of its submission")
        }
        return operation
    }

    func names(_ token: Token) -> Bool {
        (rawValue ^ token.rawValue) & 0x00FF_FFFF_FFFF_FFFF == 0
    }
}
