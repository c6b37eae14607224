// Either poller, chosen at run time, so that one suite drives both.

import AeroIO
import Glibc

extension PollerKind {
    /// The kinds this machine allows: epoll always, io_uring where the probe succeeds.
    static var usable: [PollerKind] {
        allCases.filter { PollerChoice.resolve(requested: $0).kind == $0 }
    }
}

/// A poller of one kind or the other behind the same calls.
struct TestPoller: ~Copyable {
    let kind: PollerKind
    private var epoll: EpollPoller?
    private var uring: UringPoller?

    init(_ kind: PollerKind, _ configuration: PollerConfiguration = PollerConfiguration()) throws {
        self.kind = kind
        switch kind {
        case .epoll: epoll = try EpollPoller(configuration: configuration)
        case .uring: uring = try UringPoller(configuration: configuration)
        }
    }

    mutating func addListener(_ descriptor: consuming FileDescriptor, token: Token) throws {
        switch kind {
        case .epoll: try epoll?.addListener(descriptor, token: token)
        case .uring: try uring?.addListener(descriptor, token: token)
        }
    }

    mutating func addConnection(
        _ descriptor: consuming FileDescriptor, token: Token, isConnecting: Bool = false
    ) throws {
        switch kind {
        case .epoll:
            try epoll?.addConnection(descriptor, token: token, isConnecting: isConnecting)
        case .uring:
            try uring?.addConnection(descriptor, token: token, isConnecting: isConnecting)
        }
    }

    mutating func setReceiving(_ token: Token, _ isOn: Bool) {
        switch kind {
        case .epoll: epoll?.setReceiving(token, isOn)
        case .uring: uring?.setReceiving(token, isOn)
        }
    }

    mutating func send(_ token: Token, _ vectors: [iovec]) {
        vectors.withUnsafeBufferPointer { buffer in
            switch kind {
            case .epoll: epoll?.send(token, buffer)
            case .uring: uring?.send(token, buffer)
            }
        }
    }

    mutating func send(_ token: Token, _ bytes: UnsafeRawBufferPointer) {
        let start = UnsafeMutableRawPointer(mutating: bytes.baseAddress)
        send(token, [iovec(iov_base: start, iov_len: bytes.count)])
    }

    mutating func sendFile(_ token: Token, _ slice: FileSlice) {
        switch kind {
        case .epoll: epoll?.sendFile(token, slice)
        case .uring: uring?.sendFile(token, slice)
        }
    }

    mutating func close(_ token: Token) {
        switch kind {
        case .epoll: epoll?.close(token)
        case .uring: uring?.close(token)
        }
    }

    mutating func shutdownWriting(_ token: Token) {
        switch kind {
        case .epoll: epoll?.shutdownWriting(token)
        case .uring: uring?.shutdownWriting(token)
        }
    }

    mutating func wait(timeoutNanoseconds: Int64) throws {
        switch kind {
        case .epoll: try epoll?.wait(timeoutNanoseconds: timeoutNanoseconds)
        case .uring: try uring?.wait(timeoutNanoseconds: timeoutNanoseconds)
        }
    }

    mutating func next() -> Completion? {
        switch kind {
        case .epoll: epoll?.next()
        case .uring: uring?.next()
        }
    }

    var waker: Waker {
        kind == .epoll ? Self.waker(epoll) : Self.waker(uring)
    }

    var statistics: PollerStatistics {
        kind == .epoll ? Self.statistics(epoll) : Self.statistics(uring)
    }

    private static func waker<P: Poller & ~Copyable>(_ poller: borrowing P?) -> Waker {
        switch poller {
        case .some(let made): made.waker
        case .none: preconditionFailure("the poller of this kind was made")
        }
    }

    private static func statistics<P: Poller & ~Copyable>(
        _ poller: borrowing P?
    ) -> PollerStatistics {
        switch poller {
        case .some(let made): made.statistics
        case .none: preconditionFailure("the poller of this kind was made")
        }
    }
}
