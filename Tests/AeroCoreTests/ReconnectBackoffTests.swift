// How long a client waits before it tries again.

import AeroCore
import TestSupport
import Testing

struct ReconnectBackoffTests {
    @Test func drawsStayBelowTheCappedExponential() {
        for seed in 0..<UInt64(200) {
            var backoff = ReconnectBackoff(
                firstNanoseconds: 100, capNanoseconds: 5_000, seed: seed)
            for attempt in 0..<100 {
                let ceiling = attempt < 6 ? min(100 << Int64(attempt), 5_000) : 5_000
                let wait = backoff.nextNanoseconds()
                #expect(wait >= 1 && wait <= ceiling, "seed \(seed), attempt \(attempt)")
            }
            backoff.reset()
            #expect(backoff.nextNanoseconds() <= 100)
        }
    }

    @Test func jitterSpreadsClients() {
        let draws = (0..<UInt64(1_000)).map { seed in
            var backoff = ReconnectBackoff(
                firstNanoseconds: 1_000_000, capNanoseconds: 1_000_000, seed: seed)
            return backoff.nextNanoseconds()
        }
        #expect(Set(draws).count > 990)
        let mean = draws.reduce(0, +) / 1_000
        #expect(mean > 450_000 && mean < 550_000)
    }

    @Test func extremeBoundsDoNotOverflow() {
        var backoff = ReconnectBackoff(
            firstNanoseconds: .max / 2 + 2, capNanoseconds: .max, seed: 1)
        for _ in 0..<100 { #expect(backoff.nextNanoseconds() > 0) }
    }
}
