// Where another broker is, and how to be let in.

package import AeroIO
package import AeroLoad

/// The address of another broker's server, with what it asks of clients. The secret is for the
/// driver alone: it is in no description, and so in no result.
package struct PeerEndpoint: Sendable, CustomStringConvertible {
    /// Where the server listens.
    package let address: SocketAddress
    /// Who the clients are; nil for nobody in particular.
    package var user: String?
    /// What proves it.
    package var password: String?
    /// The authorities' certificates that the server's is checked against, a PEM file; nil for a
    /// connection without TLS.
    package var certificateAuthorityPath: String?

    /// The variable of the environment that a password may be in.
    package static let passwordVariable = "AEROBENCH_PASSWORD"

    /// - Parameter address: Where the server listens.
    package init(_ address: SocketAddress) { self.address = address }

    package var description: String { "\(address)" }
}

/// How a kind of server is started for a run.
package protocol PeerServerKind: SendableMetatype {
    /// What to start.
    ///
    /// - Parameters:
    ///   - address: Where it is to listen, on loopback.
    ///   - directory: Its own, for data, settings and log.
    ///   - durability: The strongest that a class of the scenario asks for.
    static func plan(
        _ address: SocketAddress, directory: String, durability: TopicStorage.Durability
    ) -> PeerServerPlan
}
