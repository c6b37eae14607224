// The machine's limit: a process that forwards bytes and does nothing else.

package import AeroIO
import Synchronization

/// Forwards what each producer connection sends to the consumer connections of its channel.
///
/// One thread per producer reads into a buffer and writes from it: two system calls per chunk and
/// no look at the bytes. No broker on this machine can move messages between processes over TCP
/// with less, so what it reaches is the limit that others are compared with. With storage each
/// chunk goes to a file first, by one more call: the limit of brokers that keep what they forward.
package final class RelayServer: Sendable {
    /// Where clients connect.
    package let address: SocketAddress
    private let consumers = Mutex<[UInt32: [BlockingSocket]]>([:])
    private let stopping = Atomic<Bool>(false)
    private let storage: RelayStorage?
    private let fileCount = Atomic<Int>(0)
    private let firstStorageFailure = Mutex<Errno?>(nil)

    // BOUND: one read; larger ones no longer make a loopback relay faster.
    private static let bufferByteCount = 256 * 1024

    private init(address: SocketAddress, storage: RelayStorage?) {
        self.address = address
        self.storage = storage
    }

    /// Listens and serves on a thread of its own.
    ///
    /// - Parameters:
    ///   - address: Port 0 takes a free one.
    ///   - storage: Where what is forwarded is kept, too; nil for nowhere.
    package static func start(
        _ address: SocketAddress, storage: RelayStorage? = nil
    ) throws(Errno) -> (server: RelayServer, acceptor: JoinHandle) {
        let listener = try TCPListener.bind(address)
        let server = RelayServer(address: listener.localAddress, storage: storage)
        let listening = BlockingListener(listener)
        let acceptor = try SystemThread.start(name: "relay-accept") {
            server.accept(from: listening)
        }
        return (server, acceptor)
    }

    /// Stops accepting; connections end when their clients close them.
    package func stop() { stopping.store(true, ordering: .relaxed) }

    /// Why a connection was ended whose file could not be made or written; the first time.
    package var storageFailure: Errno? { firstStorageFailure.withLock { $0 } }

    private func accept(from listener: BlockingListener) {
        while !stopping.load(ordering: .relaxed) {
            do throws(Errno) {
                guard let accepted = try listener.accept(timeoutMilliseconds: 50) else { continue }
                var options = SocketOptions()
                options.isNoDelay = true
                try options.apply(to: accepted)
                let socket = try BlockingSocket(accepted)
                _ = try SystemThread.start(name: "relay") { self.serve(socket) }
            } catch {
                // A client that is gone before it was accepted, or no thread for it: its
                // connection closes, which tells it.
                continue
            }
        }
    }

    private func serve(_ socket: BlockingSocket) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(
            byteCount: Self.bufferByteCount, alignment: 4096)
        defer {
            buffer.deallocate()
            forget(socket)
        }
        do throws(Errno) {
            guard let hello = try readHello(socket, buffer) else { return }
            if hello.role == .consumer {
                consumers.withLock { $0[hello.channel, default: []].append(socket) }
            }
            buffer[0] = RelayHello.answer
            try socket.writeAll(UnsafeRawBufferPointer(rebasing: buffer[0..<1]))
            switch hello.role {
            case .producer: try forward(socket, hello.channel, buffer)
            case .echo: try echo(socket, buffer)
            case .consumer: try awaitEnd(socket, buffer)
            }
        } catch {
            socket.shutDown()
        }
    }

    private func readHello(
        _ socket: BlockingSocket, _ buffer: UnsafeMutableRawBufferPointer
    ) throws(Errno) -> RelayHello? {
        var count = 0
        while count < RelayHello.byteCount {
            let room = UnsafeMutableRawBufferPointer(rebasing: buffer[count..<RelayHello.byteCount])
            let read = try socket.read(into: room)
            guard read > 0 else { return nil }
            count += read
        }
        return RelayHello(
            decoding: UnsafeRawBufferPointer(rebasing: buffer[0..<RelayHello.byteCount]))
    }

    private func forward(
        _ socket: BlockingSocket, _ channel: UInt32, _ buffer: UnsafeMutableRawBufferPointer
    ) throws(Errno) {
        var targets: [BlockingSocket] = []
        var file = try makeFile()
        while true {
            let count = try socket.read(into: buffer)
            guard count > 0 else { return }
            let bytes = UnsafeRawBufferPointer(rebasing: buffer[0..<count])
            // Before anybody gets it: a broker must not show what it has not kept.
            try noting { () throws(Errno) in try file?.append(bytes) }
            // Clients connect in any order, but all have been answered before the first message.
            if targets.isEmpty { targets = consumers.withLock { $0[channel] ?? [] } }
            for target in targets { try target.writeAll(bytes) }
        }
    }

    private func makeFile() throws(Errno) -> RelayFile? {
        guard let storage else { return nil }
        let number = fileCount.add(1, ordering: .relaxed).newValue
        return try noting { () throws(Errno) in
            try RelayFile(storage, name: "aerobench-relay-\(address.port)-\(number)")
        }
    }

    /// Keeps the error of a storage call for whoever asks why a connection ended.
    private func noting<R>(_ call: () throws(Errno) -> R) throws(Errno) -> R {
        do throws(Errno) { return try call() } catch {
            firstStorageFailure.withLock { $0 = $0 ?? error }
            throw error
        }
    }

    private func echo(
        _ socket: BlockingSocket, _ buffer: UnsafeMutableRawBufferPointer
    ) throws(Errno) {
        while true {
            let count = try socket.read(into: buffer)
            guard count > 0 else { return }
            try socket.writeAll(UnsafeRawBufferPointer(rebasing: buffer[0..<count]))
        }
    }

    private func awaitEnd(
        _ socket: BlockingSocket, _ buffer: UnsafeMutableRawBufferPointer
    ) throws(Errno) {
        while try socket.read(into: buffer) > 0 {}
    }

    /// A consumer that is gone, however it went, gets nothing any more.
    private func forget(_ socket: BlockingSocket) {
        consumers.withLock { channels in
            for channel in channels.keys { channels[channel]?.removeAll { $0 === socket } }
        }
    }
}
