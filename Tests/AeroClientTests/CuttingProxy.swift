// A TCP proxy that cuts connections, or lets them hang, when a test says so.

import AeroIO
import Glibc
import Synchronization

/// Forwards every connection to a broker, until it is told otherwise.
final class CuttingProxy: Sendable {
    let address: String
    /// The broker, for those who go past the proxy.
    let target: String
    private let orders: OrdersBox
    private let wakeUp: Int32
    private let done: JoinHandle

    /// - Parameter target: HOST:PORT of the broker.
    init(to target: String) throws {
        self.target = target
        let listener = try RawSocket.listen()
        address = "127.0.0.1:\(try RawSocket.port(of: listener))"
        let port = Self.port(of: target)
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw RawSocket.Failure(call: "pipe") }
        let (event, wakeUp) = (ends[0], ends[1])
        self.wakeUp = wakeUp
        let box = OrdersBox(port: port)
        orders = box
        done = try SystemThread.start(name: "proxy") {
            Self.forward(listener, event, box)
        }
    }

    /// Closes every connection there is; new ones are forwarded.
    func cut() { order { $0.isCut = true } }
    /// Closes every connection, and new ones at once, until `accept`.
    func refuse() {
        order {
            $0.isRefusing = true
            $0.isCut = true
        }
    }
    /// Forwards new connections again.
    func accept() { order { $0.isRefusing = false } }
    /// Closes every connection; new ones are forwarded to another broker.
    func retarget(to target: String) {
        order {
            $0.port = Self.port(of: target)
            $0.isCut = true
        }
    }

    private static func port(of address: String) -> UInt16 {
        UInt16(address.split(separator: ":").last ?? "") ?? 0
    }

    /// Stops forwarding what the broker says.
    func holdAnswers() { order { $0.isHoldingAnswers = true } }
    /// Forwards it again.
    func releaseAnswers() { order { $0.isHoldingAnswers = false } }

    /// Stops forwarding in both directions.
    func holdEverything() { order { $0.isHoldingEverything = true } }

    /// Closes every connection; what the broker says to the next ones is forwarded.
    func releaseAnswersAndCut() {
        order {
            $0.isHoldingAnswers = false
            $0.isCut = true
        }
    }

    /// Ends the thread and everything it forwards.
    func stop() {
        order { $0.isOver = true }
        done.join()
        close(wakeUp)
    }

    private func order(_ change: (inout OrdersBox.Orders) -> Void) {
        orders.change(change)
        var one: UInt8 = 1
        write(wakeUp, &one, 1)
    }

    // MARK: - The thread

    private struct Pair {
        let client: Int32
        let broker: Int32
    }

    private static func forward(
        _ listener: Int32, _ event: Int32, _ orders: OrdersBox
    ) {
        var pairs: [Pair] = []
        func end(_ pair: Pair) {
            close(pair.client)
            close(pair.broker)
        }
        while true {
            var now = orders.take()
            if now.isCut || now.isOver {
                pairs.forEach(end)
                pairs = []
            }
            if now.isOver { break }
            var watched = [pollfd(fd: listener, events: Int16(POLLIN), revents: 0)]
            watched.append(pollfd(fd: event, events: Int16(POLLIN), revents: 0))
            for pair in pairs {
                watched.append(
                    pollfd(
                        fd: now.isHoldingEverything ? -1 : pair.client, events: Int16(POLLIN),
                        revents: 0))
                watched.append(
                    pollfd(
                        fd: now.isHoldingAnswers || now.isHoldingEverything ? -1 : pair.broker,
                        events: Int16(POLLIN),
                        revents: 0))
            }
            poll(&watched, nfds_t(watched.count), -1)
            if watched[1].revents != 0 {
                var byte: UInt8 = 0
                read(event, &byte, 1)
                // An order to cut must not meet connections that were made after it.
                continue
            }
            // What was ordered before these bytes were sent holds for them.
            now = orders.current
            var ended: [Int] = []
            for (index, pair) in pairs.enumerated() {
                let isOver =
                    watched[2 + 2 * index].revents != 0 && !pump(pair.client, pair.broker)
                    || watched[3 + 2 * index].revents != 0 && !now.isHoldingAnswers
                        && !pump(pair.broker, pair.client)
                if isOver { ended.append(index) }
            }
            for index in ended.reversed() { end(pairs.remove(at: index)) }
            if watched[0].revents != 0 {
                let client = Glibc.accept(listener, nil, nil)
                if now.isRefusing {
                    close(client)
                } else if let broker = RawSocket.connect(now.port) {
                    pairs.append(Pair(client: client, broker: broker))
                } else {
                    close(client)
                }
            }
        }
        close(listener)
        close(event)
    }

    /// Moves what there is; false when one end is gone.
    private static func pump(_ from: Int32, _ to: Int32) -> Bool {
        withUnsafeTemporaryAllocation(byteCount: 64 << 10, alignment: 16) { room in
            let count = read(from, room.baseAddress, room.count)
            guard count > 0, let base = room.baseAddress else { return false }
            var sent = 0
            while sent < count {
                let written = send(to, base + sent, count - sent, Int32(MSG_NOSIGNAL))
                guard written > 0 else { return false }
                sent += written
            }
            return true
        }
    }
}

/// Orders between a test and the proxy's thread.
final class OrdersBox: Sendable {
    struct Orders {
        var port: UInt16
        var isCut = false
        var isHoldingAnswers = false
        var isHoldingEverything = false
        var isRefusing = false
        var isOver = false
    }

    private let orders: Mutex<Orders>

    init(port: UInt16) { orders = Mutex(Orders(port: port)) }

    func change(_ body: (inout Orders) -> Void) { orders.withLock { body(&$0) } }

    /// The orders now; a cut stays to be carried out.
    var current: Orders { orders.withLock { $0 } }

    /// The orders now; a cut is carried out once.
    func take() -> Orders {
        orders.withLock { orders in
            defer { orders.isCut = false }
            return orders
        }
    }
}

/// Plain blocking sockets on loopback.
enum RawSocket {
    struct Failure: Error { let call: String }

    static func listen() throws -> Int32 {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = loopback(0)
        let status = withUnsafeSockaddr(&address) { Glibc.bind(socket, $0, $1) }
        guard status == 0, Glibc.listen(socket, 64) == 0 else { throw Failure(call: "listen") }
        return socket
    }

    static func port(of socket: Int32) throws -> UInt16 {
        var address = loopback(0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getsockname(socket, $0, &length)
            }
        }
        guard status == 0 else { throw Failure(call: "getsockname") }
        return address.sin_port.bigEndian
    }

    static func connect(_ port: UInt16) -> Int32? {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = loopback(port)
        guard withUnsafeSockaddr(&address, { Glibc.connect(socket, $0, $1) }) == 0 else {
            close(socket)
            return nil
        }
        return socket
    }

    private static func loopback(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    private static func withUnsafeSockaddr(
        _ address: inout sockaddr_in, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
