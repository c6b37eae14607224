// Which option of a comparison is of which broker.

import AeroDrivers
import AeroIO
import TestSupport
import Testing

@testable import AeroCommand

struct VersusTargetsTests {
    private func targets(
        _ values: [String: [String]], isKept: Bool = false
    ) throws(CommandError) -> VersusTargets {
        var arguments = ParsedArguments()
        arguments.values = values
        return try VersusTargets(arguments, isKept: isKept)
    }

    private func message(_ values: [String: [String]]) -> String {
        do throws(CommandError) {
            _ = try targets(values)
            return "no error"
        } catch {
            return error.message
        }
    }

    @Test func theRelayOfTheSameKindIsThereOnce() throws {
        #expect(
            try targets(["--drivers": ["aeromq,relay,redis"]]).drivers
                == ["aeromq", "redis", "relay"])
        #expect(
            try targets(["--drivers": ["redis"]], isKept: true).drivers == ["redis", "relay-file"])
    }

    @Test func eachServerHasItsOwnEndpointAndUser() throws {
        let found = try targets([
            "--drivers": ["aeromq,redis,nats"],
            "--endpoint": ["redis=127.0.0.1:6379", "nats=127.0.0.1:4222"],
            "--user": ["nats=bench"], "--data": ["/var/tmp"],
        ]).targets
        #expect(found["aeromq"]?.endpoint == nil && found["aeromq"]?.dataFolder == "/var/tmp")
        #expect(found["redis"]?.endpoint?.port == 6_379 && found["redis"]?.dataFolder == nil)
        #expect(found["redis"]?.access.endpoint(.loopback(port: 1)).user == nil)
        #expect(found["nats"]?.access.endpoint(.loopback(port: 1)).user == "bench")
        #expect(found["relay"]?.endpoint == nil)
    }

    @Test(
        arguments: [
            ([:], "--drivers is missing"), (["--drivers": ["aeromq,aeromq"]], "named twice"),
            (["--drivers": ["aeromq,redsi"]], "did you mean \"redis\"?"),
            (["--drivers": ["aeromq,null"]], "is no broker"),
            (["--drivers": ["aeromq,"]], "is no broker"),
            (
                ["--drivers": ["aeromq,redis"], "--endpoint": ["nats=127.0.0.1:1"]],
                "write DRIVER=VALUE"
            ),
            (["--drivers": ["aeromq"], "--user": ["aeromq=bench"]], "tells nobody"),
            (["--drivers": ["redis"], "--broker-pid": ["redis=1"]], "see --endpoint"),
        ] as [([String: [String]], String)])
    func whatCannotBeIsRefused(values: [String: [String]], hint: String) {
        #expect(message(values).contains(hint), "\(message(values))")
    }

    @Test func aSecretInTheWrongPlaceIsNotRepeated() {
        let text = message(["--drivers": ["redis"], "--user": ["bench:geheim"]])
        #expect(text.contains("--user") && !text.contains("geheim"))
    }
}
