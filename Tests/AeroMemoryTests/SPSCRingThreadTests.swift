// The ring between two threads: order, no loss, no lost wake-up, closing.

import AeroMemory
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct SPSCRingThreadTests {
    @Test(arguments: WaitStrategy.allCases, [1, 4, 256])
    func everyItemArrivesOnceAndInOrder(strategy: WaitStrategy, capacity: Int) {
        let seed = TestSeed.current
        let itemCount = capacity == 1 ? 4000 : 40_000
        let ends = SPSCRing<TracedItem>.make(capacity: capacity, waiting: strategy)
        let box = HandOver(ends.producer)
        var consumer = ends.consumer
        let thread = TestThread {
            var producer = box.take()
            var random = SplitMix64(seed: seed)
            for number in 0..<itemCount {
                let item = TracedItem(number)
                guard random.next() % 4 == 0 else {
                    if isPresent(producer.push(item)) { Issue.record("seed \(seed): refused") }
                    continue
                }
                guard let returned = producer.tryPush(item) else { continue }
                if isPresent(producer.push(returned)) { Issue.record("seed \(seed): refused") }
            }
        }
        var random = SplitMix64(seed: seed &+ 1)
        var expected = 0
        var misplaced = 0
        func arrive(_ item: consuming TracedItem) {
            if item.number != expected { misplaced += 1 }
            expected += 1
        }
        while let item = consumer.pop() {
            arrive(item)
            if random.next() % 4 == 0 { _ = consumer.drain(max: 7, arrive) }
        }
        thread.join()
        #expect(expected == itemCount && misplaced == 0, "seed \(seed)")
    }

    @Test func noWakeUpIsLostInPingPong() {
        let roundCount = 10_000
        let there = SPSCRing<Int>.make(capacity: 1, waiting: .block)
        let back = SPSCRing<Int>.make(capacity: 1, waiting: .block)
        let boxes = (HandOver(there.consumer), HandOver(back.producer))
        var producer: SPSCRing<Int>.Producer? = there.producer
        var consumer = back.consumer
        let thread = TestThread {
            var incoming = boxes.0.take()
            var outgoing = boxes.1.take()
            while let number = incoming.pop() {
                #expect(outgoing.push(number + 1) == nil)
            }
        }
        var sum = 0
        for round in 0..<roundCount {
            #expect(producer?.push(round) == nil)
            sum += consumer.pop() ?? 0
        }
        producer = nil
        thread.join()
        #expect(sum == roundCount * (roundCount + 1) / 2)
        #expect(consumer.pop() == nil)
    }

    @Test(arguments: WaitStrategy.allCases)
    func aWaitingConsumerLearnsThatTheProducerIsGone(strategy: WaitStrategy) {
        for _ in 0..<200 {
            let ends = SPSCRing<Int>.make(capacity: 2, waiting: strategy)
            let box = HandOver(ends.producer)
            var consumer = ends.consumer
            let thread = TestThread { _ = box.take().count }
            #expect(consumer.pop() == nil)
            thread.join()
        }
    }

    @Test(arguments: WaitStrategy.allCases)
    func aWaitingProducerLearnsThatTheConsumerIsGone(strategy: WaitStrategy) {
        for _ in 0..<200 {
            let ends = SPSCRing<Int>.make(capacity: 1, waiting: strategy)
            let box = HandOver(ends.consumer)
            var producer = ends.producer
            #expect(producer.tryPush(0) == nil)
            let thread = TestThread { _ = box.take().count }
            #expect(producer.push(1) == 1)
            thread.join()
        }
    }

    @Test func uncopyableItemsLiveExactlyOnce() {
        let ledger = LifeLedger()
        let ends = SPSCRing<LifeToken>.make(capacity: 8)
        let box = HandOver(ends.consumer)
        var producer: SPSCRing<LifeToken>.Producer? = ends.producer
        let thread = TestThread {
            var consumer = box.take()
            // Leaves items behind; the ring destroys them.
            for number in 0..<1000 {
                if let token = consumer.pop() {
                    #expect(token.number == number)
                } else {
                    Issue.record("item \(number) is missing")
                }
            }
        }
        var refused = 0
        for number in 0..<2000 {
            if isPresent(producer?.push(ledger.makeToken(number))) { refused += 1 }
        }
        thread.join()
        producer = nil
        #expect(refused >= 1000 - 8)
        #expect(ledger.count == 0)
    }
}
