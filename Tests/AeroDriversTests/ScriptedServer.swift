// A server that does to its clients what a test says.

import AeroIO
import Synchronization

/// Listens on a free port and runs a script on each connection, on a thread of its own.
final class ScriptedServer: Sendable {
    let address: SocketAddress
    private let isStopping = Atomic<Bool>(false)
    private let sockets = Mutex<[BlockingSocket]>([])

    private init(_ address: SocketAddress) { self.address = address }

    /// Runs `body` against a server; its connections end with it.
    ///
    /// - Parameter script: Gets each connection, which closes when it returns.
    static func run(
        _ script: @escaping @Sendable (BlockingSocket) throws(Errno) -> Void,
        _ body: (ScriptedServer) throws -> Void
    ) throws {
        let listener = try TCPListener.bind(.loopback(port: 0))
        let server = ScriptedServer(listener.localAddress)
        let listening = BlockingListener(listener)
        let acceptor = try SystemThread.start(name: "scripted") {
            server.accept(from: listening, script)
        }
        defer {
            server.isStopping.store(true, ordering: .relaxed)
            acceptor.join()
        }
        try body(server)
    }

    /// An address where nobody listens.
    static func refusingAddress() throws -> SocketAddress {
        try TCPListener.bind(.loopback(port: 0)).localAddress
    }

    private func accept(
        from listener: BlockingListener,
        _ script: @escaping @Sendable (BlockingSocket) throws(Errno) -> Void
    ) {
        var threads: [JoinHandle] = []
        while !isStopping.load(ordering: .relaxed) {
            do throws(Errno) {
                guard let accepted = try listener.accept(timeoutMilliseconds: 10) else { continue }
                let socket = try BlockingSocket(accepted)
                sockets.withLock { $0.append(socket) }
                threads.append(
                    try SystemThread.start(name: "script") {
                        // A client that went away ends its script.
                        do throws(Errno) { try script(socket) } catch {}
                        socket.shutDown()
                    })
            } catch {
                continue
            }
        }
        for socket in sockets.withLock({ $0 }) { socket.shutDown() }
        for thread in threads { thread.join() }
    }
}

extension BlockingSocket {
    /// Waits for exactly so many bytes; fewer at the end of the stream.
    func read(byteCount: Int) throws(Errno) -> [UInt8] {
        var bytes: [UInt8] = []
        var room = [UInt8](repeating: 0, count: byteCount)
        while bytes.count < byteCount {
            let wanted = byteCount - bytes.count
            let result: Result<Int, Errno> = room.withUnsafeMutableBytes { raw in
                do throws(Errno) {
                    return .success(
                        try read(into: UnsafeMutableRawBufferPointer(rebasing: raw[..<wanted])))
                } catch {
                    return .failure(error)
                }
            }
            let count = try result.get()
            guard count > 0 else { return bytes }
            bytes += room[..<count]
        }
        return bytes
    }

    func write(_ bytes: [UInt8]) throws(Errno) {
        let result: Result<Void, Errno> = bytes.withUnsafeBytes { raw in
            do throws(Errno) { return .success(try writeAll(raw)) } catch { return .failure(error) }
        }
        try result.get()
    }
}
