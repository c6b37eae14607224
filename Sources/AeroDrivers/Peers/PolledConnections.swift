// The connections of a worker whose library reads and writes them, on one poller.

import AeroIO
import AeroLoad

/// A connection that says when it has to be read or written, and never blocks.
protocol PolledConnection: AnyObject {
    /// What to watch; the same for as long as it is connected.
    var descriptor: Int32 { get }
    /// The kernel has not taken all that was sent: `send` has to be called when it can.
    var isBlocked: Bool { get }
    /// Hands what was written to the kernel, as far as it takes it.
    func send() throws(DriverError)
}

/// All connections of a worker, each known by its index.
struct PolledConnections<Connection: PolledConnection>: ~Copyable {
    let connections: [Connection]
    private var poller: ReadinessPoller
    /// By index: whether the poller reports that it can be written to.
    private var watchesOutput: [Bool]

    /// Watches connections that are being made.
    init(_ connections: [Connection]) throws(DriverError) {
        let poller = try ClientResources.makeReadinessPoller()
        do throws(Errno) {
            for (index, connection) in connections.enumerated() {
                try poller.watch(connection.descriptor, index: index, output: true)
            }
        } catch {
            throw DriverError("watch a connection", "\(error)")
        }
        self.connections = connections
        self.poller = poller
        watchesOutput = connections.map { _ in true }
    }

    /// Sends what a connection has, and watches for its output as long as it cannot.
    mutating func send(_ index: Int) throws(DriverError) {
        let connection = connections[index]
        try connection.send()
        guard watchesOutput[index] != connection.isBlocked else { return }
        watchesOutput[index] = connection.isBlocked
        do throws(Errno) {
            try poller.change(connection.descriptor, index: index, output: connection.isBlocked)
        } catch {
            throw DriverError("watch a connection", "\(error)")
        }
    }

    /// Waits until a connection is ready, or until a time.
    ///
    /// - Returns: How many are ready; ask for each by its position.
    mutating func wait(untilNanoseconds: Int64, nowNanoseconds: Int64) throws(DriverError) -> Int {
        do throws(Errno) {
            return try poller.wait(
                timeoutNanoseconds: PollPacing.timeoutNanoseconds(
                    untilNanoseconds: untilNanoseconds, nowNanoseconds: nowNanoseconds))
        } catch {
            throw DriverError("wait for the server", "\(error)")
        }
    }

    /// One of those that the last wait found ready.
    subscript(position: Int) -> ReadinessPoller.Readiness { poller[position] }
}
