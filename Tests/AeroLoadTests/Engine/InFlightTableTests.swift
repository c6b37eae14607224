// Messages under way against a dictionary.

import AeroLoad
import TestSupport
import Testing

struct InFlightTableTests {
    @Test func agreesWithADictionary() {
        let seed = TestSeed.current
        var random = SplitMix64(seed: seed)
        for capacity in [1, 2, 5, 64] {
            var table = InFlightTable(capacity: capacity)
            var model: [UInt32: Int64] = [:]
            for step in 0..<5_000 {
                let comment: Comment = "seed \(seed), capacity \(capacity), step \(step)"
                if Bool.random(using: &random), let token = table.nextToken {
                    #expect(model[token] == nil && Int(token) < capacity, comment)
                    table.take(
                        InFlightMessage(
                            producer: 1, destination: 2, sequence: Int64(step),
                            intendedNanoseconds: 3, actualNanoseconds: 4))
                    model[token] = Int64(step)
                } else {
                    let token = UInt32.random(in: 0...UInt32(capacity + 2), using: &random)
                    let found = table.remove(token)
                    #expect((found != nil) == (model.removeValue(forKey: token) != nil), comment)
                }
                #expect(table.count == model.count, comment)
                #expect((table.nextToken == nil) == (model.count == capacity), comment)
            }
            for token: UInt32 in [UInt32(capacity), .max] {
                let found = table.remove(token)
                #expect(found == nil)
            }
        }
    }
}
