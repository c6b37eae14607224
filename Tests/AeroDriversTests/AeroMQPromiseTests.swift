// What an AeroMQ broker promises is what the scenario asked for.

import AeroDrivers
import AeroIO
import AeroLoad
import Testing

struct AeroMQPromiseTests {
    private func promise(_ lines: String) throws -> TargetPromise {
        let text = """
            name: promised
            duration: 1s
            classes:
              - { name: main, message-size: 64B, load: { schedule: maximum }, \(lines) }
            """
        let scenario = try Scenario.parse(Array(text.utf8), fileName: "promised.yaml")
        let driver = AeroMQDriver(address: .loopback(port: 1))
        return try #require(try driver.promises(LoadPlan(scenario, runId: "r")).first)
    }

    @Test(arguments: [
        ("volatile", TopicStorage.Durability.volatile, "memory"), ("os", .os, "page cache"),
        ("interval 100ms", .interval(nanoseconds: 100_000_000), "background"),
        ("sync", .sync, "sync of the log"),
    ])
    func everyDurabilityIsKept(
        text: String, durability: TopicStorage.Durability, word: String
    ) throws {
        let promise = try promise("durability: \(text)")
        #expect(promise.durability == durability)
        #expect(promise.acknowledgement.contains(word))
        #expect(promise.differences == [])
    }

    /// A log without an answer promises its producer nothing.
    @Test func withoutAnAnswerNothingIsPromised() throws {
        let promise = try promise("durability: sync, acks: 0")
        #expect(promise.durability == nil)
        #expect(promise.acknowledgement.contains("no answer"))
    }
}
