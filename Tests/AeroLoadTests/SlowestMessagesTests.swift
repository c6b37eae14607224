// The slowest messages against a sorted list of all.

import TestSupport
import Testing

@testable import AeroLoad

@Suite struct SlowestMessagesTests {
    private static func message(_ total: Int64, _ offset: Int64) -> SlowMessage {
        SlowMessage(
            classIndex: 0, group: 0, producer: 0, destination: 0, sequence: offset,
            intendedNanoseconds: 1_000, takenNanoseconds: 1_000, handledNanoseconds: 1_000 + total,
            times: StageTimes(
                offset: offset, sentNanoseconds: 0, arrivedNanoseconds: 0, appendedNanoseconds: 0,
                durableNanoseconds: 0, dispatchedNanoseconds: 0, receivedNanoseconds: 0))
    }

    @Test(arguments: [0, 1, 2, 16, 100])
    func theyAreTheHeadOfTheSortedList(capacity: Int) {
        var random = SplitMix64(seed: TestSeed.current)
        var slowest = SlowestMessages(capacity: capacity)
        var other = SlowestMessages(capacity: capacity)
        var totals: [Int64] = []
        for offset in 0..<Int64(3_000) {
            let total = Int64.random(in: 0..<2_000, using: &random)
            totals.append(total)
            if offset % 3 == 0 {
                other.insert(Self.message(total, offset))
            } else {
                slowest.insert(Self.message(total, offset))
            }
        }
        slowest.merge(other)
        let expected = totals.sorted(by: >).prefix(capacity)
        #expect(
            slowest.sorted.map(\.totalNanoseconds) == Array(expected), "seed \(TestSeed.current)")
        for message in slowest.sorted {
            #expect(totals[Int(message.sequence)] == message.totalNanoseconds)
        }
    }
}
