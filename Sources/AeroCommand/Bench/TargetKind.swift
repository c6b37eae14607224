// What a run is made against, by name.

import AeroDrivers
import AeroIO
import AeroLoad

/// What a run is made against.
enum TargetKind: RawRepresentable, CaseIterable, Hashable, Sendable {
    /// An AeroMQ broker.
    case aeromq
    /// A broker of others.
    case peer(PeerBroker)
    /// The raw TCP relay: the machine's limit.
    case relay
    /// The same, appending what it forwards to a file: the limit of brokers that keep it.
    case relayFile
    /// As `relay`, sending each message back to its producer: the limit of one message in flight.
    case echo
    /// Nothing: the generator's own limit.
    case null
    /// A plan of answers: the check of the instrument itself.
    case truth

    static var allCases: [TargetKind] {
        [.aeromq] + PeerBroker.allCases.map(TargetKind.peer)
            + [.relay, .relayFile, .echo, .null, .truth]
    }

    init?(rawValue: String) {
        guard let kind = Self.allCases.first(where: { $0.rawValue == rawValue }) else {
            return nil
        }
        self = kind
    }

    var rawValue: String {
        switch self {
        case .aeromq: "aeromq"
        case .peer(let peer): peer.rawValue
        case .relay: "relay"
        case .relayFile: "relay-file"
        case .echo: "echo"
        case .null: "null"
        case .truth: "truth"
        }
    }

    /// Whether the target is part of the generator's own process.
    var isInProcess: Bool { self == .null || self == .truth }

    /// Whether it is a broker, which promises something; else it is a yardstick.
    var isBroker: Bool {
        switch self {
        case .aeromq, .peer: true
        case .relay, .relayFile, .echo, .null, .truth: false
        }
    }

    /// What a scenario asks for.
    ///
    /// - Throws: When there is no such target, or this build cannot load it.
    init(_ scenario: Scenario) throws(CommandError) {
        guard let kind = Self(rawValue: scenario.driver) else {
            throw .failed(
                "the scenario's driver \"\(scenario.driver)\" is not one of \(Self.listing)"
                    + Spelling.hint(for: scenario.driver, among: Self.allCases.map(\.rawValue)))
        }
        if case .peer(let peer) = kind, peer.parts == nil {
            throw .failed(
                "the driver \(peer.rawValue) was left out of this build; "
                    + "build it with the trait \(peer.trait)")
        }
        guard kind == .truth || scenario.target == nil else {
            throw .failed("the scenario's target is the plan of --driver truth, and of no other")
        }
        self = kind
    }

    /// All names, with those that this build lacks marked.
    static var listing: String {
        allCases.map { kind in
            if case .peer(let peer) = kind { peer.listing } else { kind.rawValue }
        }.joined(separator: ", ")
    }

    /// What loads such a target.
    ///
    /// - Parameters:
    ///   - endpoint: Where it listens; nil inside the process.
    ///   - access: What proves to it who the clients are.
    ///   - logPath: Where the truth driver's target writes what it did.
    ///   - storm: Tells of connections that are to be cut.
    ///   - isInterrupted: Asked many times a second until all are connected; true gives up.
    func driver(
        _ endpoint: SocketAddress?, access: TargetAccess = TargetAccess(),
        logPath: String? = nil, storm: ConnectionStorm = ConnectionStorm(),
        isInterrupted: @escaping @Sendable () -> Bool
    ) -> any LoadDriver {
        if self == .truth { return TruthDriver(logPath: logPath) }
        guard let endpoint else { return NullDriver() }
        switch self {
        case .aeromq:
            return AeroMQDriver(address: endpoint, storm: storm, isInterrupted: isInterrupted)
        case .peer(let peer):
            guard let parts = peer.parts else {
                preconditionFailure("a target that this build lacks is refused by its scenario")
            }
            return parts.makeDriver(access.endpoint(endpoint), isInterrupted)
        case .relay, .relayFile, .echo:
            return RelayDriver(
                address: endpoint, mode: self == .echo ? .echo : .relay,
                isInterrupted: isInterrupted)
        case .null, .truth: return NullDriver()
        }
    }

    /// Whether the target of a run needs a directory, when the run starts it.
    func needsDirectory(_ scenario: Scenario) -> Bool {
        switch self {
        case .aeromq: scenario.classes.contains(where: \.storage.needsDisk)
        case .relayFile, .peer: true
        case .relay, .echo, .null, .truth: false
        }
    }
}
