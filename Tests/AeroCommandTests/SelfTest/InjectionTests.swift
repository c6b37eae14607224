// Changes that a self-test injects, as they are written on a command line.

import AeroDrivers
import AeroIO
import Testing

@testable import AeroCommand

struct InjectionTests {
    @Test func changesAreRead() throws {
        #expect(try Injection(parsing: "latency=+10%").change == .latency(0.1))
        #expect(try Injection(parsing: "throughput=-5%").change == .throughput(0.05))
        let stall = HoldSchedule(
            lengthNanoseconds: 60_000_000, periodNanoseconds: 4_000_000_000, isRandom: false)
        #expect(try Injection(parsing: "stall=60ms/4s").change == .stall(stall))
    }

    @Test(arguments: [
        "", "latency", "latency=10%", "latency=-10%", "latency=+0%", "latency=+10", "latency=+500%",
        "throughput=+5%", "throughput=-100%", "stall=60ms", "stall=4s/60ms", "stall=0s/1s",
        "speed=+1%",
    ])
    func otherChangesAreRefused(_ text: String) {
        #expect(throws: CommandError.self) { try Injection(parsing: text) }
    }
}
