// Sides and proxies as they are written on a command line.

import AeroDrivers
import AeroIO
import Testing

@testable import AeroCommand

struct ExperimentOptionTests {
    @Test func aSideIsAPathAnAddressOrARevision() {
        #expect(SideName("/") == .path("/"))
        #expect(SideName("127.0.0.1:9440") == .endpoint(.loopback(port: 9_440)))
        for text in ["main", "HEAD~1", "v0.1.0", "HEAD:README.md", "no/such/file"] {
            #expect(SideName(text) == .revision(text))
        }
    }

    @Test func proxiesAreStartedAsTheyWereAskedFor() throws {
        var settings = ProxySettings(bytesPerSecondMax: 12_345, seed: 9)
        settings.holds = [
            HoldSchedule(lengthNanoseconds: 300_001, periodNanoseconds: 20_000_007, isRandom: true),
            HoldSchedule(
                lengthNanoseconds: 60_000_000, periodNanoseconds: 4_000_000_000, isRandom: false),
        ]
        let options = ProxyOptions(settings)
        let parsed = try ArgumentParser.parse(
            ArraySlice(options.words), ProxyCommand.subcommand.specification)
        #expect(try ProxyOptions(parsed) == options)
    }
}
