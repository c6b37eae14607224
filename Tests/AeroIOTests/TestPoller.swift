// Any poller, chosen at run time, so that one suite drives all.

import AeroIO
import FaultSupport
import Glibc
import TestSupport

/// A poller of one kind or another behind the same calls.
struct TestPoller: ~Copyable {
    let kind: PollerUnderTest
    /// What a simulated poller is connected to.
    let network: SimulatedNetwork?
    private var epoll: EpollPoller?
    private var uring: UringPoller?
    private var simulated: SimulatedPoller?

    init(
        _ kind: PollerUnderTest, _ configuration: PollerConfiguration = PollerConfiguration()
    ) throws {
        self.kind = kind
        switch kind {
        case .epoll:
            network = nil
            epoll = try EpollPoller(configuration: configuration)
        case .uring:
            network = nil
            uring = try UringPoller(configuration: configuration)
        case .simulated, .rough:
            let seed = TestSeed.current
            let made = SimulatedNetwork(
                scheduler: SimulationScheduler(seed: seed), conditions: kind.conditions,
                seed: seed, isSteppedByWaits: true)
            network = made
            simulated = try SimulatedPoller(made, configuration: configuration)
        }
    }

    deinit {
        simulated?.core.shutDown()
        network?.tearDown()
        network?.scheduler.cancelAll()
    }

    mutating func addListener(_ descriptor: consuming FileDescriptor, token: Token) throws {
        switch kind {
        case .epoll: try epoll?.addListener(descriptor, token: token)
        case .uring: try uring?.addListener(descriptor, token: token)
        case .simulated, .rough: try simulated?.addListener(descriptor, token: token)
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
        case .simulated, .rough:
            try simulated?.addConnection(descriptor, token: token, isConnecting: isConnecting)
        }
    }

    mutating func connect(to address: SocketAddress, token: Token) throws {
        let options = SocketOptions()
        switch kind {
        case .epoll: try epoll?.connect(to: address, options: options, token: token)
        case .uring: try uring?.connect(to: address, options: options, token: token)
        case .simulated, .rough:
            try simulated?.connect(to: address, options: options, token: token)
        }
    }

    mutating func setReceiving(_ token: Token, _ isOn: Bool) {
        switch kind {
        case .epoll: epoll?.setReceiving(token, isOn)
        case .uring: uring?.setReceiving(token, isOn)
        case .simulated, .rough: simulated?.setReceiving(token, isOn)
        }
    }

    mutating func send(_ token: Token, _ vectors: [iovec]) {
        vectors.withUnsafeBufferPointer { buffer in
            switch kind {
            case .epoll: epoll?.send(token, buffer)
            case .uring: uring?.send(token, buffer)
            case .simulated, .rough: simulated?.send(token, buffer)
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
        case .simulated, .rough: simulated?.sendFile(token, slice)
        }
    }

    mutating func close(_ token: Token) {
        switch kind {
        case .epoll: epoll?.close(token)
        case .uring: uring?.close(token)
        case .simulated, .rough: simulated?.close(token)
        }
    }

    mutating func shutdownWriting(_ token: Token) {
        switch kind {
        case .epoll: epoll?.shutdownWriting(token)
        case .uring: uring?.shutdownWriting(token)
        case .simulated, .rough: simulated?.shutdownWriting(token)
        }
    }

    mutating func wait(timeoutNanoseconds: Int64) throws {
        switch kind {
        case .epoll: try epoll?.wait(timeoutNanoseconds: timeoutNanoseconds)
        case .uring: try uring?.wait(timeoutNanoseconds: timeoutNanoseconds)
        case .simulated, .rough: try simulated?.wait(timeoutNanoseconds: timeoutNanoseconds)
        }
    }

    mutating func next() -> Completion? {
        switch kind {
        case .epoll: epoll?.next()
        case .uring: uring?.next()
        case .simulated, .rough: simulated?.next()
        }
    }

    var waker: Waker {
        switch kind {
        case .epoll: Self.waker(epoll)
        case .uring: Self.waker(uring)
        case .simulated, .rough: Self.waker(simulated)
        }
    }

    var statistics: PollerStatistics {
        switch kind {
        case .epoll: Self.statistics(epoll)
        case .uring: Self.statistics(uring)
        case .simulated, .rough: Self.statistics(simulated)
        }
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
