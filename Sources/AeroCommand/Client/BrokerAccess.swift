// Connecting a command to a broker, and saying what went wrong.

import AeroClient

/// What every command that talks to a broker has in common.
enum BrokerAccess {
    /// The option that names the broker.
    static let option = OptionSpecification(
        "--endpoint", "HOST:PORT", "the broker; default \(ServeOptions.defaultAddress)")

    /// Connects, does something, and closes in order.
    ///
    /// - Throws: `.failed` with what the broker or the network said, and what to do.
    static func withConnection<Value: Sendable>(
        _ arguments: ParsedArguments,
        _ body: (Connection) async throws(CommandError) -> Value
    ) async throws(CommandError) -> Value {
        let address = try arguments.address("--endpoint") ?? ServeOptions.defaultAddress
        let connection = try await client {
            () async throws(ClientError) in
            try await Connection.connect(
                to: "\(address)", options: ConnectionOptions { $0.clientId = "aeromq-console" })
        }
        do throws(CommandError) {
            let value = try await body(connection)
            await connection.close()
            return value
        } catch {
            await connection.abort()
            throw error
        }
    }

    /// Calls the client, and turns its error into this module's.
    static func client<Value: Sendable>(
        _ call: () async throws(ClientError) -> Value
    ) async throws(CommandError) -> Value {
        do throws(ClientError) { return try await call() } catch { throw .failed(text(error)) }
    }

    /// One line that says what to do, where that is known.
    static func text(_ error: ClientError) -> String {
        let broker = error.brokerAddress.map { " (broker \($0))" } ?? ""
        let hint =
            switch error.code {
            case .connectionRefused:
                "; start a broker with `aeromq serve`, or name it with --endpoint"
            case .unknownTopic: "; `aeromq topic list` shows those there are"
            case .unknownGroup: "; `aeromq group list` shows those there are"
            case .topicAlreadyExists: "; `aeromq topic describe` shows it"
            default: ""
            }
        return error.message + broker + hint
    }
}
