// The control-message queue: order, bounds, lives, a model, and several pushing threads.

import AeroMemory
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct MPSCQueueTests {
    @Test func aFullQueueGivesTheItemBack() {
        var queue = MPSCQueue<Int>.make(capacity: 2)
        #expect(queue.consumer.isEmpty == true)
        #expect(queue.producer.tryPush(1) == nil)
        #expect(queue.producer.tryPush(2) == nil)
        #expect(queue.producer.tryPush(3) == 3)
        #expect(queue.consumer.tryPop() == 1)
        #expect(queue.producer.tryPush(3) == nil)
        var drained: [Int] = []
        let count = queue.consumer.drain(max: 9) { drained.append($0) }
        #expect(drained == [2, 3] && count == 2)
        #expect(queue.consumer.tryPop() == nil)
    }

    @Test(arguments: [2, 8, 64]) func aRandomHistoryFollowsAnArray(capacity: Int) {
        let seed = TestSeed.current &+ UInt64(capacity)
        var random = SplitMix64(seed: seed)
        var queue = MPSCQueue<Int>.make(capacity: capacity)
        var model: [Int] = []
        for number in 0..<20_000 {
            if random.next() % 2 == 0 {
                let returned = queue.producer.tryPush(number)
                #expect((returned == nil) == (model.count < capacity), "seed \(seed)")
                if returned == nil { model.append(number) }
            } else {
                let expected = model.isEmpty ? nil : model.removeFirst()
                #expect(queue.consumer.tryPop() == expected, "seed \(seed)")
            }
            #expect(queue.consumer.isEmpty == model.isEmpty, "seed \(seed)")
        }
    }

    @Test(arguments: [true, false]) func itemsLeftAreDestroyedWithTheLastEnd(isConsumerFirst: Bool)
    {
        let ledger = LifeLedger()
        do {
            let ends = MPSCQueue<LifeToken>.make(capacity: 4)
            var producer: MPSCQueue<LifeToken>.Producer? = ends.producer
            var consumer: MPSCQueue<LifeToken>.Consumer? = ends.consumer
            for number in 0..<3 { push(ledger.makeToken(number), to: producer) }
            if let first = consumer?.tryPop() { #expect(first.number == 0) }
            for number in 3..<5 { push(ledger.makeToken(number), to: producer) }
            #expect(ledger.count == 4)
            if isConsumerFirst { consumer = nil } else { producer = nil }
            #expect(ledger.count == 4)
            consumer = nil
            producer = nil
        }
        #expect(ledger.count == 0)
    }

    private func push(_ token: consuming LifeToken, to producer: MPSCQueue<LifeToken>.Producer?) {
        let isReturned = isPresent(producer?.tryPush(token))
        #expect(!isReturned)
    }

    @Test(arguments: [2, 16, 1024]) func eachProducersItemsArriveOnceAndInOrder(capacity: Int) {
        let producerCount = 3
        let itemCount = 8000
        let ends = MPSCQueue<TracedItem>.make(capacity: capacity)
        let producer = ends.producer
        var consumer = ends.consumer
        let threads = (0..<producerCount).map { index in
            TestThread {
                for number in 0..<itemCount {
                    var pending = producer.tryPush(TracedItem(index * itemCount + number))
                    // BOUND: the consumer takes every item.
                    while let returned = pending.take() {
                        TestThread.yield()
                        pending = producer.tryPush(returned)
                    }
                }
            }
        }
        var expected = [Int](repeating: 0, count: producerCount)
        var misplaced = 0
        while expected.reduce(0, +) < producerCount * itemCount {
            guard let item = consumer.tryPop() else {
                TestThread.yield()
                continue
            }
            let (index, number) = item.number.quotientAndRemainder(dividingBy: itemCount)
            if expected[index] != number { misplaced += 1 }
            expected[index] += 1
        }
        for thread in threads { thread.join() }
        #expect(misplaced == 0)
        #expect(consumer.isEmpty == true)
    }

    @Test func buffersTravelThroughTheQueueAndHome() throws {
        try withPool(capacityBytes: 1 << 20) { pool in
            let ends = MPSCQueue<PooledBuffer>.make(capacity: 4)
            let box = HandOver(ends.consumer)
            for number in 0..<4 {
                let buffer = try pool.allocate(minimumByteCount: 8)
                buffer.baseAddress.storeBytes(of: number, as: Int.self)
                let isReturned = isPresent(ends.producer.tryPush(buffer))
                #expect(!isReturned)
            }
            TestThread.run {
                var consumer = box.take()
                for number in 0..<4 {
                    if let buffer = consumer.tryPop() {
                        #expect(buffer.baseAddress.load(as: Int.self) == number)
                    } else {
                        Issue.record("buffer \(number) is missing")
                    }
                }
            }
            pool.collectReturns()
            #expect(pool.statistics.remoteReturns == 4 && pool.statistics.bytesOutstanding == 0)
        }
    }

    @Test func aCapacityThatCannotWorkTraps() async {
        await #expect(processExitsWith: .failure) { _ = MPSCQueue<Int>.make(capacity: 1) }
        await #expect(processExitsWith: .failure) { _ = MPSCQueue<Int>.make(capacity: 6) }
    }
}
