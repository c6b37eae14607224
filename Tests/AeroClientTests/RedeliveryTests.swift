// When a failed record is due again, which waits first, and what options are refused.

import Testing

@testable import AeroClient

@Suite struct RedeliveryTests {
    @Test func waitsDoubleUpToTheLongest() {
        let options = RedeliveryOptions { $0.backoff = .milliseconds(100) ... .milliseconds(450) }
        let waits = (0...4).map { options.waitNanoseconds(afterFailures: $0) / 1_000_000 }
        #expect(waits == [100, 100, 200, 400, 450])
        #expect(options.waitNanoseconds(afterFailures: .max) == 450_000_000)
        let hours = RedeliveryOptions { $0.backoff = .seconds(3_600) ... .seconds(86_400) }
        #expect(hours.waitNanoseconds(afterFailures: 63) == 86_400_000_000_000)
    }

    @Test func theLongestDueIsTakenFirstAndNothingBeforeItsTime() {
        var queue = RedeliveryQueue<String>()
        #expect(queue.nextDueNanoseconds == .max && queue.takeDue(nowNanoseconds: .max) == nil)
        for (work, due) in [("late", Int64(30)), ("b", 10), ("c", 10), ("a", 5)] {
            queue.add(work, dueNanoseconds: due)
        }
        #expect(queue.nextDueNanoseconds == 5 && queue.takeDue(nowNanoseconds: 4) == nil)
        let taken = (0..<4).map { _ in queue.takeDue(nowNanoseconds: 29) }
        #expect(taken == ["a", "b", "c", nil])
        #expect(queue.nextDueNanoseconds == 30 && queue.takeDue(nowNanoseconds: 30) == "late")
    }

    @Test func optionsOutsideTheirBoundsAreNamed() {
        let wrong: [(String, (inout RedeliveryOptions) -> Void)] = [
            ("maximumAttempts", { $0.maximumAttempts = 0 }),
            ("maximumAttempts", { $0.maximumAttempts = 1_001 }),
            ("first wait", { $0.backoff = .zero ... .seconds(1) }),
            ("longest wait", { $0.backoff = .seconds(1) ... .seconds(86_401) }),
            ("no name of a topic", { $0.deadLetterTopic = "a b" }),
            ("no name of a topic", { $0.deadLetterTopic = "" }),
            ("consumed itself", { $0.deadLetterTopic = "orders" }),
        ]
        for (name, change) in wrong {
            let error = #expect(throws: ClientError.self) {
                try RedeliveryOptions(change).validate(consuming: ["orders"])
            }
            #expect(error?.code == .invalidConfiguration)
            #expect(error?.message.contains(name) == true, "\(name)")
        }
        #expect(throws: ClientError.self, "each other's dead letters") {
            try RedeliveryOptions().validate(consuming: ["orders", "orders.dlq"])
        }
        #expect(throws: Never.self) { try RedeliveryOptions().validate(consuming: ["orders"]) }
    }
}
