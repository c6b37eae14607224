// Which brokers are put beside each other, and where each of them is.

import AeroDrivers
import AeroLoad
import AeroReport

/// The drivers of a comparison with their targets, in the order in which they were named.
struct VersusTargets: Sendable {
    /// Brokers first, then the relay that shares are stated of.
    let drivers: [String]
    /// What each of them is run against.
    let targets: [String: RunTarget]

    /// Options that say something of one driver: `DRIVER=VALUE`.
    private static let addressed =
        ["--endpoint", "--broker-pid"] + TargetAccess.options.map(\.name)

    /// - Parameters:
    ///   - arguments: Of a command with `options`.
    ///   - isKept: Whether a class of the scenario is durable, so that the limit is a relay that
    ///     keeps what it forwards.
    init(_ arguments: ParsedArguments, isKept: Bool) throws(CommandError) {
        guard let text = arguments.text("--drivers") else {
            throw .usage("--drivers is missing: name two or more, as in --drivers aeromq,redis")
        }
        let named = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard Set(named).count == named.count else {
            throw .usage("--drivers: one of \(text) is named twice")
        }
        let relay: TargetKind = isKept ? .relayFile : .relay
        drivers = named.filter { !VersusComparison.relays.contains($0) } + [relay.rawValue]
        try Self.check(arguments, drivers)
        var targets: [String: RunTarget] = [:]
        for driver in drivers {
            targets[driver] = try RunTarget(
                Self.arguments(arguments, of: driver), try Self.kind(driver))
        }
        self.targets = targets
    }

    private static func kind(_ name: String) throws(CommandError) -> TargetKind {
        let known = TargetKind.allCases.filter(\.isBroker).map(\.rawValue)
        let allowed = known + VersusComparison.relays
        guard let kind = TargetKind(rawValue: name), allowed.contains(name) else {
            throw .usage(
                "--drivers: \"\(name)\" is no broker; there are \(known.joined(separator: ", "))"
                    + Spelling.hint(for: name, among: known))
        }
        return kind
    }

    /// What is said of a driver that is not there is a mistake. The value is not repeated: it may
    /// be a secret in the wrong place.
    private static func check(
        _ arguments: ParsedArguments, _ drivers: [String]
    ) throws(CommandError) {
        for option in addressed {
            for text in arguments.texts(option) {
                guard let equals = text.firstIndex(of: "="),
                    drivers.contains(String(text[..<equals]))
                else {
                    throw .usage(
                        "\(option): write DRIVER=VALUE, where DRIVER is one of "
                            + drivers.joined(separator: ", "))
                }
            }
        }
    }

    /// What the command line says of one driver, in the words of a command that has only one.
    private static func arguments(_ all: ParsedArguments, of driver: String) -> ParsedArguments {
        var own = all
        for option in addressed {
            let values = all.texts(option).filter { $0.hasPrefix(driver + "=") }
            own.values[option] =
                values.isEmpty ? nil : values.map { String($0.dropFirst(driver.count + 1)) }
        }
        // The others' directories are made there.
        if own.has("--endpoint") { own.values["--data"] = nil }
        return own
    }

    static let options = [
        OptionSpecification(
            "--drivers", "A,B,…",
            "brokers to put beside each other: aeromq, "
                + PeerBroker.allCases.map(\.listing).joined(separator: ", ")),
        OptionSpecification(
            "--endpoint", "DRIVER=HOST:PORT", isRepeatable: true,
            "load this server instead of starting one for each run"),
        OptionSpecification(
            "--user", "DRIVER=NAME", isRepeatable: true, "who the clients of that server are"),
        OptionSpecification(
            "--password-file", "DRIVER=FILE", isRepeatable: true,
            "its first line proves it; without it \(PeerEndpoint.passwordVariable) of the "
                + "environment does"),
        OptionSpecification(
            "--tls-ca", "DRIVER=FILE", isRepeatable: true,
            "speak TLS, and check the server's certificate by these authorities (PEM)"),
        OptionSpecification(
            "--broker-pid", "DRIVER=PID", isRepeatable: true,
            "the process of that server, on this machine: what it uses is measured"),
        OptionSpecification(
            "--data", "DIR",
            "make the servers' directories there and remove them; default TMPDIR or /var/tmp"),
    ]
}
