// A TCP proxy that makes a broker slower by a known amount.

package import AeroIO
import Synchronization

/// What a proxy does to the streams it passes on.
package struct ProxySettings: Equatable, Sendable {
    /// When nothing goes from the target to its clients; empty for never.
    package var holds: [HoldSchedule]
    /// The most bytes a second that go from all clients together to the target; nil for no bound.
    package var bytesPerSecondMax: Int?
    /// Of the random holds.
    package var seed: UInt64

    /// Makes the settings from their parts; each parameter is the property of the same name.
    package init(holds: [HoldSchedule] = [], bytesPerSecondMax: Int? = nil, seed: UInt64 = 1) {
        self.holds = holds
        self.bytesPerSecondMax = bytesPerSecondMax
        self.seed = seed
    }
}

/// Passes on bytes between clients and one target, with two threads for each connection.
///
/// A hold stops all streams from the target at the same moments, like a stall inside it: what
/// arrives meanwhile waits for the end of the hold, and what is sent to the target goes on.
package final class SlowProxy: Sendable {
    /// Where clients connect.
    package let address: SocketAddress
    private let target: SocketAddress
    private let settings: ProxySettings
    private let cap: ThroughputCap?
    private let epochNanoseconds: Int64
    private let stopping = Atomic<Bool>(false)

    // BOUND: one read.
    private static let bufferByteCount = 256 * 1024

    private init(address: SocketAddress, target: SocketAddress, _ settings: ProxySettings) {
        self.address = address
        self.target = target
        self.settings = settings
        epochNanoseconds = MonotonicClock.nowNanoseconds()
        cap = settings.bytesPerSecondMax.map { [epochNanoseconds] in
            ThroughputCap(bytesPerSecond: $0, nowNanoseconds: epochNanoseconds)
        }
    }

    /// Listens and serves on threads of its own.
    ///
    /// - Parameters:
    ///   - address: Port 0 takes a free one.
    ///   - target: Where every connection goes on to.
    ///   - settings: What is done to it.
    package static func start(
        _ address: SocketAddress, to target: SocketAddress, _ settings: ProxySettings
    ) throws(Errno) -> (proxy: SlowProxy, acceptor: JoinHandle) {
        let listener = try TCPListener.bind(address)
        let proxy = SlowProxy(address: listener.localAddress, target: target, settings)
        let listening = BlockingListener(listener)
        let acceptor = try SystemThread.start(name: "proxy-accept") {
            proxy.accept(from: listening)
        }
        return (proxy, acceptor)
    }

    /// Stops accepting; connections end when one of their ends does.
    package func stop() { stopping.store(true, ordering: .relaxed) }

    private func accept(from listener: BlockingListener) {
        while !stopping.load(ordering: .relaxed) {
            do throws(Errno) {
                guard let accepted = try listener.accept(timeoutMilliseconds: 50) else { continue }
                try serve(accepted)
            } catch {
                // A client that has gone, or a target: the connection closes, which tells both.
                continue
            }
        }
    }

    private func serve(_ accepted: consuming FileDescriptor) throws(Errno) {
        var options = SocketOptions()
        options.isNoDelay = true
        try options.apply(to: accepted)
        let client = try BlockingSocket(accepted)
        let server = try BlockingSocket(try TCPConnection.connect(to: target, options: options))
        // Made here: random gaps are drawn along the way, and both threads have their own.
        _ = try SystemThread.start(name: "proxy-in") { self.pump(client, server, isInbound: true) }
        do throws(Errno) {
            _ = try SystemThread.start(name: "proxy-out") {
                self.pump(server, client, isInbound: false)
            }
        } catch {
            client.shutDown()
            server.shutDown()
        }
    }

    /// Passes on one direction until either end is done, and then ends the other direction, too.
    private func pump(_ source: BlockingSocket, _ sink: BlockingSocket, isInbound: Bool) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(
            byteCount: Self.bufferByteCount, alignment: 4096)
        defer {
            buffer.deallocate()
            source.shutDown()
            sink.shutDown()
        }
        var walks = settings.holds.map { hold in
            // Regular holds keep time with the clock and not with the proxy, which a run starts:
            // each run would meet them at the same moment, or never.
            let offset = hold.isRandom ? 0 : epochNanoseconds % hold.periodNanoseconds
            return HoldWalk(
                hold, epochNanoseconds: epochNanoseconds - offset, seed: settings.seed)
        }
        do throws(Errno) {
            // BOUND: ends with the stream.
            while true {
                let count = try source.read(into: buffer)
                guard count > 0 else { return }
                if isInbound {
                    if let cap { waitForAdmission(count, cap) }
                } else {
                    for index in walks.indices { Self.waitForEnd(&walks[index]) }
                }
                try sink.writeAll(UnsafeRawBufferPointer(rebasing: buffer[0..<count]))
            }
        } catch {
            return  // One end has gone: the other learns it by the shutdown.
        }
    }

    private func waitForAdmission(_ byteCount: Int, _ cap: ThroughputCap) {
        let now = MonotonicClock.nowNanoseconds()
        Self.wait(untilNanoseconds: cap.admission(of: byteCount, nowNanoseconds: now))
    }

    private static func waitForEnd(_ walk: inout HoldWalk) {
        let now = MonotonicClock.nowNanoseconds()
        if let end = walk.end(atNanoseconds: now) { wait(untilNanoseconds: end) }
    }

    private static func wait(untilNanoseconds deadline: Int64) {
        // BOUND: ends at the deadline; an earlier round was a signal's.
        while true {
            let rest = deadline - MonotonicClock.nowNanoseconds()
            guard rest > 0 else { return }
            SystemThread.sleep(nanoseconds: rest)
        }
    }
}
