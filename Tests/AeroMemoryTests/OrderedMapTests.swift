// An ordered map against a dictionary and a list.

import AeroMemory
import TestSupport
import Testing

@Suite struct OrderedMapTests {
    @Test func keepsTheOrderOfFirstInsertion() {
        var map = OrderedMap<Int, String>()
        map[3] = "c"
        map[1] = "a"
        map[2] = "b"
        map[1] = "A"
        #expect(Array(map.values) == ["c", "A", "b"])
        #expect(map.map(\.key) == [3, 1, 2])
        map[3] = nil
        map[3] = "again"
        #expect(map.map(\.key) == [1, 2, 3])
        #expect(map.count == 3 && !map.isEmpty)
    }

    @Test func changesAValueInPlace() {
        var map = OrderedMap<Int, [Int]>()
        map[5] = [1]
        map[5]?.append(2)
        map[6]?.append(3)
        #expect(map[5] == [1, 2])
        #expect(map[6] == nil)
    }

    /// Whatever is done, lookups are a dictionary's and the order is a list's.
    @Test func agreesWithADictionaryAndAList() {
        let seed = TestSeed.current
        var generator = SplitMix64(seed: seed)
        var map = OrderedMap<Int, Int>()
        var known: [Int: Int] = [:]
        var order: [Int] = []
        for step in 0..<20_000 {
            let key = Int.random(in: 0..<200, using: &generator)
            if Int.random(in: 0..<5, using: &generator) < 2 {
                #expect(map.removeValue(forKey: key) == known.removeValue(forKey: key))
                order.removeAll { $0 == key }
            } else {
                if known[key] == nil { order.append(key) }
                map[key] = step
                known[key] = step
            }
            let probe = Int.random(in: 0..<200, using: &generator)
            #expect(map[probe] == known[probe], "seed \(seed), step \(step)")
            #expect(map.count == known.count, "seed \(seed), step \(step)")
            if step % 100 == 0 {
                #expect(map.map(\.key) == order, "seed \(seed), step \(step)")
                #expect(Array(map.values) == order.map { known[$0] }, "seed \(seed), \(step)")
            }
        }
    }

    @Test func walksACopyWhileItChanges() {
        var map = OrderedMap<Int, Int>()
        for key in 0..<100 { map[key] = key }
        var seen: [Int] = []
        for (key, _) in map {
            seen.append(key)
            map[key] = nil
        }
        #expect(seen == Array(0..<100))
        #expect(map.isEmpty)
    }
}
