// The ring on one thread: order, bounds, lives of items, closing; and against a model.

import AeroMemory
import TestSupport
import Testing

@Suite struct SPSCRingTests {
    @Test func aFullRingGivesTheItemBack() {
        var ring = SPSCRing<Int>.make(capacity: 2)
        #expect(ring.producer.tryPush(1) == nil)
        #expect(ring.producer.tryPush(2) == nil)
        #expect(ring.producer.tryPush(3) == 3)
        #expect(ring.producer.count == 2 && ring.consumer.count == 2)
        #expect(ring.consumer.tryPop() == 1)
        #expect(ring.producer.tryPush(3) == nil)
        #expect(ring.consumer.tryPop() == 2)
        #expect(ring.consumer.tryPop() == 3)
        #expect(ring.consumer.tryPop() == nil)
        #expect(ring.consumer.isEmpty == true)
    }

    @Test func drainTakesNoMoreThanAsked() {
        var ring = SPSCRing<Int>.make(capacity: 8)
        for number in 0..<8 { #expect(ring.producer.tryPush(number) == nil) }
        var taken: [Int] = []
        func drain(_ limit: Int, expecting expected: Int) {
            let count = ring.consumer.drain(max: limit) { taken.append($0) }
            #expect(count == expected)
        }
        drain(0, expecting: 0)
        drain(3, expecting: 3)
        drain(100, expecting: 5)
        drain(100, expecting: 0)
        #expect(taken == Array(0..<8))
    }

    @Test(arguments: [1, 2, 8, 64], [WaitStrategy.yield, .block])
    func aRandomHistoryFollowsAnArray(capacity: Int, strategy: WaitStrategy) {
        let seed = TestSeed.current &+ UInt64(capacity)
        var random = SplitMix64(seed: seed)
        var ring = SPSCRing<Int>.make(capacity: capacity, waiting: strategy)
        var model: [Int] = []
        for number in 0..<20_000 {
            switch random.next() % 8 {
            case 0..<4:
                let returned = ring.producer.tryPush(number)
                #expect((returned == nil) == (model.count < capacity), "seed \(seed)")
                if returned == nil { model.append(number) } else { #expect(returned == number) }
            case 4..<7:
                let expected = model.isEmpty ? nil : model.removeFirst()
                #expect(ring.consumer.tryPop() == expected, "seed \(seed)")
            default:
                let limit = Int(random.next() % UInt64(capacity + 2))
                var drained: [Int] = []
                let count = ring.consumer.drain(max: limit) { drained.append($0) }
                #expect(drained == Array(model.prefix(limit)), "seed \(seed)")
                #expect(count == drained.count, "seed \(seed)")
                model.removeFirst(drained.count)
            }
            #expect(ring.producer.count == model.count, "seed \(seed)")
            #expect(ring.consumer.count == model.count, "seed \(seed)")
        }
    }

    @Test(arguments: [true, false]) func itemsLeftAreDestroyedWithTheLastEnd(isProducerFirst: Bool)
    {
        let ledger = LifeLedger()
        do {
            let ends = SPSCRing<LifeToken>.make(capacity: 4)
            var producer: SPSCRing<LifeToken>.Producer? = ends.producer
            var consumer: SPSCRing<LifeToken>.Consumer? = ends.consumer
            // Five pushes around one pop, so that the items left wrap around the end.
            for number in 0..<3 { expectPushed(producer?.tryPush(ledger.makeToken(number))) }
            if let first = consumer?.tryPop() { #expect(first.number == 0) }
            for number in 3..<5 { expectPushed(producer?.tryPush(ledger.makeToken(number))) }
            #expect(ledger.count == 4)
            if isProducerFirst { producer = nil } else { consumer = nil }
            #expect(ledger.count == 4)
            producer = nil
            consumer = nil
        }
        #expect(ledger.count == 0)
    }

    private func expectPushed(_ returned: consuming LifeToken?) {
        let isReturned = isPresent(returned)
        #expect(!isReturned)
    }

    @Test(arguments: WaitStrategy.allCases)
    func aClosedRingIsEmptiedAndThenEnds(strategy: WaitStrategy) {
        let ends = SPSCRing<Int>.make(capacity: 4, waiting: strategy)
        var producer: SPSCRing<Int>.Producer? = ends.producer
        var consumer = ends.consumer
        #expect(producer?.push(7) == nil)
        #expect(consumer.isClosed == false)
        producer = nil
        #expect(consumer.isClosed == true)
        #expect(consumer.pop() == 7)
        #expect(consumer.pop() == nil)
    }

    @Test(arguments: WaitStrategy.allCases)
    func pushingToNobodyGivesTheItemBack(strategy: WaitStrategy) {
        let ends = SPSCRing<Int>.make(capacity: 1, waiting: strategy)
        var producer = ends.producer
        let consumer = ends.consumer
        #expect(producer.push(1) == nil)
        _ = consume consumer
        #expect(producer.isClosed == true)
        #expect(producer.push(2) == 2)
    }

    @Test(.timeLimit(.minutes(10))) func aCapacityThatIsNoPowerOfTwoTraps() async {
        await #expect(processExitsWith: .failure) { _ = SPSCRing<Int>.make(capacity: 3) }
        await #expect(processExitsWith: .failure) { _ = SPSCRing<Int>.make(capacity: 0) }
    }
}
