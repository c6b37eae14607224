// Idempotent producers as the broker serves them: ids, repeated batches, refusals, restarts.

import AeroBroker
import AeroIO
import AeroWire
import FaultSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct BrokerProducerTests {
    private func identify(_ client: RawClient) throws -> ProducerIdentity {
        let reply = try client.call(InitProducerRequest(), InitProducerReply.self)
        return ProducerIdentity(producerId: reply.producerId, epoch: reply.producerEpoch)
    }

    private func raise(
        _ identity: ProducerIdentity, _ client: RawClient
    ) throws -> ProducerIdentity {
        let reply = try client.call(
            InitProducerRequest(raising: identity), InitProducerReply.self)
        return ProducerIdentity(producerId: reply.producerId, epoch: reply.producerEpoch)
    }

    @Test(arguments: BrokerShape.all)
    func idsDifferAndEpochsRise(_ shape: BrokerShape) throws {
        try withBroker(shape) { broker in
            let clients = try (0..<4).map { _ in try RawClient(broker.address) }
            var ids = Set<Int64>()
            for _ in 0..<600 {
                for client in clients { ids.insert(try identify(client).producerId) }
            }
            #expect(ids.count == 2_400)
            let identity = try identify(clients[0])
            let raised = try raise(identity, clients[1])
            #expect(raised == ProducerIdentity(producerId: identity.producerId, epoch: 1))
            let last = ProducerIdentity(producerId: identity.producerId, epoch: .max)
            let renewed = try raise(last, clients[0])
            #expect(renewed.epoch == 0 && !ids.contains(renewed.producerId))
        }
    }

    @Test func whatMakesNoSenseIsRefused() throws {
        try withBroker(BrokerShape.all[0]) { broker in
            let client = try RawClient(broker.address)
            #expect(throws: RawClientError.refused(.notSupported)) {
                try client.call(
                    InitProducerRequest(transactionalId: "t", producerId: -1, producerEpoch: -1),
                    InitProducerReply.self)
            }
            #expect(throws: RawClientError.refused(.malformedRequest)) {
                try client.call(
                    InitProducerRequest(transactionalId: "", producerId: 5, producerEpoch: -1),
                    InitProducerReply.self)
            }
            try client.ping()
        }
    }

    @Test(arguments: BrokerShape.all)
    func aRepeatedBatchIsAnsweredWithItsFirstOffset(_ shape: BrokerShape) throws {
        try withBroker(shape) { broker in
            let client = try RawClient(broker.address)
            let other = try RawClient(broker.address)
            let topic = try client.createTopic("orders", partitions: 4)
            let producer = try identify(client)
            for partition in 0..<UInt32(4) {
                var batches: [[UInt8]] = []
                for index in 0..<7 {
                    let batch = TestBatches.numbered(index * 3..<index * 3 + 3)
                        .stamped(producer, sequence: Int32(index * 3))
                    batches.append(batch)
                    let offset = try client.append(batch, topic: topic, partition: partition)
                    #expect(offset == Int64(index * 3))
                }
                // Over another connection, as after a lost one.
                for index in 2..<7 {
                    let offset = try other.append(
                        batches[index], topic: topic, partition: partition)
                    #expect(offset == Int64(index * 3))
                }
                #expect(throws: RawClientError.refused(.duplicateSequence)) {
                    try other.append(batches[1], topic: topic, partition: partition)
                }
                let found = try client.fetch(topic: topic, partition: partition, offset: 0)
                #expect(try TestBatches.records(in: found.batches).count == 21)
            }
            #expect(try client.statistics()["batches.repeated"] == 20)
        }
    }

    @Test func gapsAndStaleEpochsAreRefused() throws {
        try withBroker(BrokerShape.all[1]) { broker in
            let client = try RawClient(broker.address)
            let topic = try client.createTopic("orders")
            let producer = try identify(client)
            let batch = TestBatches.numbered(0..<3)
            #expect(throws: RawClientError.refused(.outOfOrderSequence)) {
                try client.append(batch.stamped(producer, sequence: 3), topic: topic)
            }
            #expect(try client.append(batch.stamped(producer, sequence: 0), topic: topic) == 0)
            #expect(throws: RawClientError.refused(.outOfOrderSequence)) {
                try client.append(batch.stamped(producer, sequence: 4), topic: topic)
            }
            let raised = try raise(producer, client)
            #expect(try client.append(batch.stamped(raised, sequence: 0), topic: topic) == 3)
            #expect(throws: RawClientError.refused(.staleProducerEpoch)) {
                try client.append(batch.stamped(producer, sequence: 3), topic: topic)
            }
            #expect(throws: RawClientError.refused(.invalidBatch)) {
                try client.append(batch.stamped(raised, sequence: -5), topic: topic)
            }
            // Batches of nobody in particular are taken as before.
            #expect(try client.append(batch, topic: topic) == 6)
            #expect(try client.append(batch, topic: topic) == 9)
        }
    }

    /// How a broker may end, as its disk sees it.
    enum Ending: CaseIterable { case orderly, killed, powerLost }

    @Test(arguments: Ending.allCases)
    func aRestartedBrokerKnowsItsProducers(_ ending: Ending) throws {
        let disk = SimulatedDisk()
        var configuration = BrokerShape.all[1].configuration
        configuration.dataDirectory = "/data"
        configuration.disk = disk
        let producers = (0..<3).map { ProducerIdentity(producerId: 900 + $0, epoch: 2) }
        func batch(_ index: Int) -> [UInt8] {
            TestBatches.make([[UInt8](repeating: UInt8(index), count: 700)])
                .stamped(producers[index / 20], sequence: Int32(index % 20))
        }
        var topic: UInt32 = 0
        var left = disk
        try withBroker(configuration) { broker in
            let client = try RawClient(broker.address)
            topic = try client.createTopic(
                "orders", partitions: 2, durability: .sync,
                settings: [TopicSetting("segment.bytes", "4096")])
            // One producer after the other: the last batches of the first are in sealed segments.
            for index in 0..<60 {
                #expect(try client.append(batch(index), topic: topic) == Int64(index))
            }
            if ending == .killed { left = disk.afterKill() }
            if ending == .powerLost { left = disk.synchronizedState() }
        }
        configuration.disk = left
        try withBroker(configuration) { broker in
            let client = try RawClient(broker.address)
            for producer in 0..<3 {
                for age in 1...5 {
                    let index = producer * 20 + 20 - age
                    #expect(try client.append(batch(index), topic: topic) == Int64(index))
                }
                #expect(throws: RawClientError.refused(.duplicateSequence)) {
                    try client.append(batch(producer * 20 + 14), topic: topic)
                }
                let next = TestBatches.numbered(0..<1)
                #expect(throws: RawClientError.refused(.outOfOrderSequence)) {
                    try client.append(
                        next.stamped(producers[producer], sequence: 21), topic: topic)
                }
                let old = ProducerIdentity(
                    producerId: producers[producer].producerId, epoch: 1)
                #expect(throws: RawClientError.refused(.staleProducerEpoch)) {
                    try client.append(next.stamped(old, sequence: 20), topic: topic)
                }
                let offset = try client.append(
                    next.stamped(producers[producer], sequence: 20), topic: topic)
                #expect(offset == Int64(60 + producer))
            }
            #expect(try client.statistics()["batches.repeated"] == 15)
        }
    }

    @Test func producerIdsAreNotRepeatedAfterARestart() throws {
        let disk = SimulatedDisk()
        var configuration = BrokerShape.all[1].configuration
        configuration.dataDirectory = "/data"
        configuration.disk = disk
        configuration.producerIdSeed = 4_000
        var ids = Set<Int64>()
        for _ in 0..<3 {
            try withBroker(configuration) { broker in
                let client = try RawClient(broker.address)
                for _ in 0..<1_100 {
                    #expect(ids.insert(try identify(client).producerId).inserted)
                }
            }
        }
        #expect(ids.min() == 1_000 && ids.max() == 1_000 + 3 * 2_000 - 901)
    }

    @Test func aDamagedReservationStartsAnewSomewhereElse() throws {
        let disk = SimulatedDisk()
        var configuration = BrokerShape.all[0].configuration
        configuration.dataDirectory = "/data"
        configuration.disk = disk
        configuration.producerIdSeed = 0
        try withBroker(configuration) { broker in
            let id = try identify(try RawClient(broker.address)).producerId
            #expect(id == 0)
        }
        try disk.damage("/data/producer-ids") { $0[5] ^= 1 }
        configuration.producerIdSeed = 80_000
        try withBroker(configuration) { broker in
            let id = try identify(try RawClient(broker.address)).producerId
            #expect(id == 20_000)
        }
    }

    @Test func idsThatCannotBeReservedAreNotGranted() throws {
        let disk = SimulatedDisk()
        var configuration = BrokerShape.all[0].configuration
        configuration.dataDirectory = "/data"
        configuration.disk = disk
        try withBroker(configuration) { broker in
            let client = try RawClient(broker.address)
            disk.inject(DiskFault(.write, .noSpace))
            #expect(throws: RawClientError.refused(.diskFull)) { try identify(client) }
            disk.removeFaults()
            _ = try identify(client)
        }
    }
}

extension [UInt8] {
    /// The same batch as a producer would send it.
    func stamped(_ identity: ProducerIdentity, sequence: Int32) -> [UInt8] {
        var copy = self
        copy.withUnsafeMutableBytes {
            RecordBatchHeader.setProducer(identity, baseSequence: sequence, in: $0)
        }
        return copy
    }
}
