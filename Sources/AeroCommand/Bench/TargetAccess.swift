// How the generator is let in by a server that asks who it is.

import AeroDrivers
import AeroIO

/// Who the clients say they are, and what proves it. The password is in no text that is written.
struct TargetAccess: Sendable {
    private var user: String?
    private var password: String?
    private var passwordPath: String?
    private var certificateAuthorityPath: String?

    /// For a server that asks nobody.
    init() {}

    /// What a command line, a file and the environment say.
    ///
    /// - Parameters:
    ///   - arguments: Of a command with `options`.
    ///   - kind: What is run against.
    ///   - environment: Variables by name.
    init(
        _ arguments: ParsedArguments, _ kind: TargetKind,
        environment: [String: String] = ProcessEnvironment.variables
    ) throws(CommandError) {
        if let given = Self.options.map(\.name).first(where: arguments.has) {
            guard case .peer = kind else {
                throw .usage("\(given): the \(kind.rawValue) driver tells nobody who it is")
            }
            guard arguments.has("--endpoint") else {
                throw .usage("\(given): a server that the run starts asks nobody; see --endpoint")
            }
        }
        user = arguments.text("--user")
        certificateAuthorityPath = arguments.text("--tls-ca")
        if let path = certificateAuthorityPath, !InputFile.exists(path) {
            throw .failed("--tls-ca: there is no \(path)")
        }
        passwordPath = arguments.text("--password-file")
        if let passwordPath {
            password = try Self.password(inFile: passwordPath)
        } else if arguments.has("--endpoint") {
            // A server that the run starts asks nobody, and refuses who gives an answer.
            password = environment[PeerEndpoint.passwordVariable]
        }
    }

    /// The first line of a file.
    private static func password(inFile path: String) throws(CommandError) -> String {
        let bytes: [UInt8]
        do throws(Errno) { bytes = try InputFile.read(path) } catch {
            throw .failed("--password-file: cannot read \(path): \(error)")
        }
        let line = bytes.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
        guard !line.isEmpty else {
            throw .failed("--password-file: the first line of \(path) is empty")
        }
        return String(decoding: line, as: UTF8.self)
    }

    /// A server with what it is told.
    func endpoint(_ address: SocketAddress) -> PeerEndpoint {
        var endpoint = PeerEndpoint(address)
        endpoint.user = user
        endpoint.password = password
        endpoint.certificateAuthorityPath = certificateAuthorityPath
        return endpoint
    }

    /// The same for another process of the run: its words have no secret, since others see them;
    /// the environment is the process's own.
    var words: [String] {
        let texts = [
            ("--user", user), ("--password-file", passwordPath),
            ("--tls-ca", certificateAuthorityPath),
        ]
        return texts.flatMap { name, text in text.map { [name, $0] } ?? [] }
    }

    static let options = [
        OptionSpecification("--user", "NAME", "who the clients of another broker's server are"),
        OptionSpecification(
            "--password-file", "FILE",
            "its first line proves it; without it \(PeerEndpoint.passwordVariable) of the "
                + "environment does"
        ),
        OptionSpecification(
            "--tls-ca", "FILE",
            "speak TLS, and check the server's certificate by these authorities (PEM)"),
    ]
}
