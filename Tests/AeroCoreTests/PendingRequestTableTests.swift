// Requests in flight: ids, bounds, deadlines, against a dictionary.

import AeroCore
import AeroWire
import TestSupport
import Testing

struct PendingRequestTableTests {
    @Test func agreesWithADictionary() throws {
        let seed = TestSeed.current
        var random = SplitMix64(seed: seed)
        for capacity in [1, 2, 3, 8, 64] {
            var table = PendingRequestTable(capacity: capacity)
            var model: [UInt64: Int64] = [:]
            var highestId: UInt64 = 0
            for step in 0..<3_000 {
                let now = Int64(step)
                let comment: Comment = "seed \(seed), capacity \(capacity), step \(step)"
                switch Int.random(in: 0..<6, using: &random) {
                case 0..<3:
                    // One in ten lives long, so that younger ids have to go around it.
                    let isLong = Int.random(in: 0..<10, using: &random) == 0
                    let deadline = now + Int64.random(in: 1...(isLong ? 2_000 : 30), using: &random)
                    let id = table.insert(
                        .ping, context: 5, byteCount: 3, sentNanoseconds: now,
                        deadlineNanoseconds: deadline)
                    #expect((id == nil) == (model.count == table.capacity), comment)
                    if let id {
                        #expect(id > highestId && model[id] == nil, comment)
                        highestId = id
                        model[id] = deadline
                    }
                case 3, 4:
                    let id = model.keys.sorted().randomElement(using: &random) ?? 9_999_999
                    let found = table.remove(id)
                    #expect(found?.deadlineNanoseconds == model.removeValue(forKey: id), comment)
                    #expect(table.remove(id) == nil, comment)
                default:
                    while let due = table.takeDue(nowNanoseconds: now) {
                        #expect(due.deadlineNanoseconds <= now, comment)
                        #expect(model.removeValue(forKey: due.id) != nil, comment)
                    }
                    #expect(model.values.allSatisfy { $0 > now }, comment)
                    #expect(
                        table.earliestDeadlineNanoseconds <= model.values.min() ?? .max, comment)
                }
                #expect(table.count == model.count && table.byteCount == 3 * model.count, comment)
            }
            while let lost = table.takeAny() { #expect(model.removeValue(forKey: lost.id) != nil) }
            #expect(model.isEmpty && table.count == 0 && table.byteCount == 0)
        }
    }

    @Test func unknownIdsAreNotAnswers() {
        var table = PendingRequestTable(capacity: 4)
        for id: UInt64 in [0, 1, 4, .max] { #expect(table.remove(id) == nil) }
        let id = table.insert(
            .send, context: 1, byteCount: 0, sentNanoseconds: 0, deadlineNanoseconds: .max)
        #expect(id == 1)
        // The same slot under another id is another request.
        #expect(table.remove(5) == nil)
        #expect(table.remove(1) != nil)
    }
}
