// Starting the thread of a connection.

import AeroIO
import AeroMemory

/// Makes and ends the I/O threads of connections.
enum ConnectionThread {
    /// Starts the thread that resolves the address, connects, and runs the connection.
    ///
    /// - Parameter connected: Completed with success at the first handshake, or with why not.
    static func start(_ runtime: ClientRuntime, connected: Outcome<Void>) throws(ClientError) {
        do throws(Errno) {
            _ = try SystemThread.start(name: "aeromq-client") {
                let error = run(runtime, connected)
                connected.complete(.failure(error))
                let isWanted = error.code == .closed
                runtime.board.enter(.closed(isWanted ? nil : error))
                runtime.ended.open()
            }
        } catch {
            throw ClientError(.systemFailure, "cannot start a thread: \(error)")
        }
    }

    /// Runs the connection; answers why it ended.
    private static func run(
        _ runtime: ClientRuntime, _ connected: Outcome<Void>
    ) -> ClientError {
        let keeper: PoolKeeper
        switch makeKeeper(runtime) {
        case .success(let made): keeper = made
        case .failure(let error): return error
        }
        // The loop and its session go before the pool that their buffers come from.
        let error = runLoop(runtime, connected, keeper)
        return withExtendedLifetime(keeper) { error }
    }

    private static func runLoop(
        _ runtime: ClientRuntime, _ connected: Outcome<Void>, _ keeper: PoolKeeper
    ) -> ClientError {
        let address: SocketAddress
        do throws(SocketAddressError) {
            // Here and not in the caller's task: asking the resolver may block.
            address = try SocketAddress.resolving(runtime.brokerAddress)
        } catch {
            return ClientError(error, address: runtime.brokerAddress)
        }
        do throws(Errno) {
            let loop = try ConnectionLoop(
                runtime, address: address, keeper: keeper, connected: connected)
            loop.run()
            return loop.end ?? ClientError(.closed, "the connection was closed by the client")
        } catch {
            return ClientError(.systemFailure, "cannot set up the poller: \(error)")
        }
    }

    private static func makeKeeper(
        _ runtime: ClientRuntime
    ) -> Result<PoolKeeper, ClientError> {
        do throws(PoolError) {
            let configuration = BufferPoolConfiguration(
                capacityBytes: runtime.options.poolByteCountMax)
            return .success(PoolKeeper(try BufferPool(configuration: configuration)))
        } catch {
            return .failure(ClientError(.systemFailure, "cannot set up the memory: \(error)"))
        }
    }
}
