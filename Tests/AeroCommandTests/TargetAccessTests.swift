// Who the clients are, and that what proves it is in no text.

import AeroDrivers
import AeroIO
import TestSupport
import Testing

@testable import AeroCommand

struct TargetAccessTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func arguments(_ values: [String: String]) -> ParsedArguments {
        var arguments = ParsedArguments()
        arguments.values = values.mapValues { [$0] }
        return arguments
    }

    private func secretFile(_ text: String) throws -> String {
        let path = folder.file("secret")
        try AtomicFile.write(path, text: text)
        return path
    }

    @Test func theFileGoesBeforeTheEnvironment() throws {
        let given = [
            "--endpoint": "127.0.0.1:1", "--user": "bench",
            "--password-file": try secretFile("geheim\nmore\n"),
        ]
        let environment = [PeerEndpoint.passwordVariable: "other"]
        let access = try TargetAccess(
            arguments(given), .peer(.redis), environment: environment)
        let endpoint = access.endpoint(.loopback(port: 1))
        #expect(endpoint.user == "bench")
        #expect(endpoint.password == "geheim")
        let without = try TargetAccess(
            arguments(["--endpoint": "127.0.0.1:1"]), .peer(.redis), environment: environment)
        #expect(without.endpoint(.loopback(port: 1)).password == "other")
    }

    /// A server that the run starts itself has no password, and refuses whoever has one.
    @Test func theEnvironmentIsForServersElsewhere() throws {
        let access = try TargetAccess(
            arguments([:]), .peer(.redis), environment: [PeerEndpoint.passwordVariable: "other"])
        #expect(access.endpoint(.loopback(port: 1)).password == nil)
    }

    /// Other processes of a run read the file themselves, or inherit the environment.
    @Test func noWordAndNoDescriptionHasTheSecret() throws {
        let path = try secretFile("geheim")
        let access = try TargetAccess(
            arguments([
                "--endpoint": "127.0.0.1:1", "--user": "bench", "--password-file": path,
            ]), .peer(.redis), environment: [:])
        #expect(access.words == ["--user", "bench", "--password-file", path])
        #expect(!"\(access.endpoint(.loopback(port: 1)))".contains("geheim"))
        #expect(
            WorkerCommand.words(.loopback(port: 1), access).allSatisfy { !$0.contains("geheim") })
    }

    @Test func whoAsksNobodyIsToldNothing() throws {
        #expect(throws: CommandError.self) {
            try TargetAccess(
                arguments(["--endpoint": "127.0.0.1:1", "--user": "bench"]), .aeromq,
                environment: [:])
        }
        #expect(throws: CommandError.self) {
            try TargetAccess(
                arguments(["--user": "bench"]), .peer(.redis), environment: [:])
        }
    }

    @Test func filesThatAreNotThereOrEmptyAreRefused() throws {
        let empty = try secretFile("\n")
        for (option, path) in [
            ("--password-file", empty), ("--password-file", folder.file("none")),
            ("--tls-ca", folder.file("none")),
        ] {
            #expect(throws: CommandError.self, "\(option)") {
                try TargetAccess(
                    arguments(["--endpoint": "127.0.0.1:1", option: path]), .peer(.redis),
                    environment: [:])
            }
        }
    }
}
