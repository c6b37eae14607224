// A generator that is the bottleneck says so; one that only waits for its schedule does not.

import AeroLoad
import AeroReport
import Testing

@testable import AeroCommand

@Suite struct WorkCheckTests {
    static func codes(_ threads: [(work: Double?, wait: Double?)]) -> [String] {
        let checks = threads.enumerated().map { index, thread in
            WorkCheck(name: "load-\(index)", workShare: thread.work, waitShare: thread.wait)
        }
        return [WorkCheck.finding(checks)].compactMap { $0 }
            .map { "\($0.weight) \($0.record.code) \($0.record.message.prefix(13))" }
    }

    @Test func theBusiestThreadDecides() {
        #expect(Self.codes([(0.2, 0.01), (0.94, 0)]) == [])
        #expect(
            Self.codes([(0.2, 0.01), (0.97, 0)]) == ["warning generator-busy thread load-1"])
        #expect(Self.codes([(nil, nil), (nil, 0.3)]) == [])
        #expect(Self.codes([]) == [])
    }

    /// On a shared machine a saturated thread gets less than its core, and has no reserve either.
    @Test func timeWithoutACoreIsNoReserve() {
        #expect(Self.codes([(0.6, 0.38)]) == ["warning generator-busy thread load-0"])
        #expect(Self.codes([(0.6, 0.1)]) == [])
        #expect(Self.codes([(0.01, 1)]) == ["warning generator-busy thread load-0"])
    }
}
