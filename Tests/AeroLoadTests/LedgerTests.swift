// The ledger against its model, under every kind of damage at once.

import AeroLoad
import TestSupport
import Testing

@Suite struct LedgerTests {
    /// A message on its way: bytes and where they will arrive.
    struct Parcel {
        var bytes: [UInt8]
        var stream: NaiveLedger.Stream
        var sequence: Int64
        var destination: Int
    }

    /// How much of what goes wrong, each a probability.
    struct Damage {
        var loss = 0.0
        var duplication = 0.0
        var corruption = 0.0
        var misrouting = 0.0
        var acknowledgementLoss = 0.0
        /// Farthest a message is moved.
        var displacement = 0

        static func random(_ random: inout SplitMix64) -> Damage {
            func rate() -> Double {
                Bool.random(using: &random) ? 0 : Double.random(in: 0...0.2, using: &random)
            }
            return Damage(
                loss: rate(), duplication: rate(), corruption: rate(), misrouting: rate(),
                acknowledgementLoss: rate(),
                displacement: Bool.random(using: &random)
                    ? 0 : Int.random(in: 1...50, using: &random))
        }
    }

    static let start: Int64 = 1_000_000

    static func send(
        _ streams: StreamTable, byteCount: Int, count: Int, _ damage: Damage,
        _ model: inout NaiveLedger, _ ledger: inout SendLedger, _ random: inout SplitMix64
    ) -> [Parcel] {
        let bodies = PayloadBodies(messageByteCount: byteCount, seed: 1)
        var parcels: [Parcel] = []
        for index in 0..<count {
            let producer = Int.random(in: 0..<streams.producerCount, using: &random)
            let destination = Int.random(in: 0..<streams.destinationCount, using: &random)
            let stream = NaiveLedger.Stream(producer: producer, destination: destination)
            let sequence = ledger.nextSequence(producer: producer, destination: destination)
            let stamp = Stamp(
                classIndex: 3, producer: UInt16(producer), destination: UInt16(destination),
                sequence: sequence, intendedNanoseconds: start + Int64(index),
                actualNanoseconds: start + Int64(index))
            var bytes = [UInt8](repeating: 0, count: byteCount)
            bytes.withUnsafeMutableBytes { buffer in
                if let start = buffer.baseAddress { bodies.fill(start, stamp) }
            }
            model.sent[stream, default: 0] += 1
            if Double.random(in: 0..<1, using: &random) >= damage.acknowledgementLoss {
                ledger.acknowledge(
                    producer: producer, destination: destination, first: sequence, count: 1)
                model.acknowledged[stream, default: []].insert(sequence)
            }
            parcels.append(
                Parcel(bytes: bytes, stream: stream, sequence: sequence, destination: destination))
        }
        return parcels
    }

    static func damaged(
        _ parcels: [Parcel], _ damage: Damage, _ random: inout SplitMix64
    ) -> [Parcel] {
        var placed: [(place: Int, parcel: Parcel)] = []
        for (index, parcel) in parcels.enumerated() {
            if Double.random(in: 0..<1, using: &random) < damage.loss { continue }
            let copies = Double.random(in: 0..<1, using: &random) < damage.duplication ? 2 : 1
            for _ in 0..<copies {
                let shift = Int.random(in: 0...damage.displacement, using: &random)
                placed.append((index + shift, parcel))
            }
        }
        return placed.enumerated().sorted {
            ($0.element.place, $0.offset) < ($1.element.place, $1.offset)
        }.map(\.element.parcel)
    }

    @Test(arguments: [16, 40], [1, 2, 3])
    func agreesWithTheModel(byteCount: Int, workerCount: Int) {
        let seed = TestSeed.current &+ UInt64(byteCount * 100 + workerCount)
        var random = SplitMix64(seed: seed)
        for round in 0..<30 {
            let comment: Comment = "seed \(seed) round \(round)"
            let streams = StreamTable(
                producerCount: Int.random(in: 1...4, using: &random),
                destinationCount: Int.random(in: 1...5, using: &random))
            let damage = Damage.random(&random)
            var model = NaiveLedger()
            var send = SendLedger(streams)
            let parcels = Self.send(
                streams, byteCount: byteCount, count: 600, damage, &model, &send, &random)
            var ledgers = (0..<workerCount).map { _ in
                ReceiveLedger(streams, classIndex: 3, startNanoseconds: Self.start)
            }
            for parcel in Self.damaged(parcels, damage, &random) {
                let worker = Int.random(in: 0..<workerCount, using: &random)
                Self.deliver(parcel, worker, streams, damage, &model, &ledgers[worker], &random)
            }
            var receive = ledgers[0]
            for other in ledgers.dropFirst() { receive.merge(other) }
            let verdict = LedgerVerdict(send: send, receive: receive)
            #expect(verdict.sent == 600, comment)
            #expect(verdict.counts.received == model.received, comment)
            #expect(verdict.counts.duplicates == model.duplicates, comment)
            #expect(verdict.counts.reordered == model.reordered, comment)
            #expect(verdict.counts.misrouted == model.misrouted, comment)
            #expect(verdict.counts.corrupt == model.corrupt, comment)
            #expect(verdict.counts.foreign == model.foreign, comment)
            #expect(verdict.lost == model.lost, comment)
            #expect(verdict.acknowledgedThenLost == model.acknowledgedThenLost, comment)
            #expect(verdict.unique + verdict.lost == verdict.sent, comment)
            #expect(verdict.isExact, comment)
            #expect(verdict.worstStreams.reduce(0) { $0 + $1.lost } <= verdict.lost, comment)
        }
    }

    static func deliver(
        _ parcel: Parcel, _ worker: Int, _ streams: StreamTable, _ damage: Damage,
        _ model: inout NaiveLedger, _ ledger: inout ReceiveLedger, _ random: inout SplitMix64
    ) {
        var parcel = parcel
        let isNew: Bool
        if Double.random(in: 0..<1, using: &random) < damage.corruption {
            let bit = Int.random(in: 8..<parcel.bytes.count * 8, using: &random)
            parcel.bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            model.corrupt += 1
            isNew = false
        } else {
            if streams.destinationCount > 1,
                Double.random(in: 0..<1, using: &random) < damage.misrouting
            {
                parcel.destination = (parcel.destination + 1) % streams.destinationCount
                model.misrouted += 1
            }
            isNew = model.arrivals[worker]?[parcel.stream]?.contains(parcel.sequence) != true
            model.arrivals[worker, default: [:]][parcel.stream, default: []]
                .append(parcel.sequence)
        }
        let decode = parcel.bytes.withUnsafeBytes {
            Stamp.decode($0, nearNanoseconds: start + 1_000)
        }
        #expect(ledger.note(decode, arrivedAt: parcel.destination) == isNew)
    }

    @Test func anOrderlyRunIsClean() {
        let streams = StreamTable(producerCount: 2, destinationCount: 2)
        var send = SendLedger(streams)
        var receive = ReceiveLedger(streams, classIndex: 0, startNanoseconds: 0)
        for _ in 0..<1_000 {
            for (producer, destination) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
                let sequence = send.nextSequence(producer: producer, destination: destination)
                let stamp = Stamp(
                    classIndex: 0, producer: UInt16(producer), destination: UInt16(destination),
                    sequence: sequence, intendedNanoseconds: 1, actualNanoseconds: 1)
                #expect(receive.note(.valid(stamp, form: .full), arrivedAt: destination) == true)
            }
        }
        for (producer, destination) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            send.acknowledge(producer: producer, destination: destination, first: 0, count: 1_000)
        }
        let verdict = LedgerVerdict(send: send, receive: receive)
        #expect(verdict.isClean)
        #expect(verdict.sent == 4_000 && verdict.acknowledged == 4_000 && verdict.unique == 4_000)
        #expect(verdict.worstStreams.isEmpty)
    }

    @Test func strangersAreForeign() {
        let streams = StreamTable(producerCount: 1, destinationCount: 1)
        var receive = ReceiveLedger(streams, classIndex: 1, startNanoseconds: 100)
        let good = Stamp(
            classIndex: 1, producer: 0, destination: 0, sequence: 0, intendedNanoseconds: 100,
            actualNanoseconds: 100)
        var otherClass = good
        otherClass.classIndex = 2
        var otherProducer = good
        otherProducer.producer = 1
        var otherDestination = good
        otherDestination.destination = 1
        var earlierRun = good
        earlierRun.intendedNanoseconds = 99
        for stamp in [otherClass, otherProducer, otherDestination, earlierRun] {
            #expect(receive.note(.valid(stamp, form: .full), arrivedAt: 0) == false)
        }
        #expect(receive.note(.foreign, arrivedAt: 0) == false)
        #expect(receive.counts.foreign == 5 && receive.counts.received == 0)
        var neverSent = good
        neverSent.sequence = 5
        #expect(receive.note(.valid(neverSent, form: .full), arrivedAt: 0) == true)
        let verdict = LedgerVerdict(send: SendLedger(streams), receive: receive)
        #expect(verdict.counts.foreign == 6, "a sequence that was never sent is no message of ours")
        #expect(verdict.counts.received == 0 && verdict.lost == 0 && !verdict.isClean)
    }

    @Test func compactSequencesContinuePast32Bits() {
        let streams = StreamTable(producerCount: 1, destinationCount: 1)
        var receive = ReceiveLedger(streams, classIndex: 0, startNanoseconds: 0)
        func note(_ sequence: Int64) -> Bool {
            let stamp = Stamp(
                classIndex: 0, producer: 0, destination: 0, sequence: sequence & 0xFFFF_FFFF,
                intendedNanoseconds: 1, actualNanoseconds: 1)
            return receive.note(.valid(stamp, form: .compact), arrivedAt: 0)
        }
        let steps: [Int64] = [0, 1 << 30, 1 << 31, 3 << 30, (1 << 32) - 1, 1 << 32, (1 << 32) + 1]
        for step in steps { #expect(note(step)) }
        #expect(receive.received(stream: 0).next == (1 << 32) + 2)
        #expect(!note(1 << 32), "a repetition just behind is one")
        #expect(receive.counts.duplicates == 1)
    }

    @Test func strayAcknowledgementsAreCounted() {
        var send = SendLedger(StreamTable(producerCount: 1, destinationCount: 1))
        for _ in 0..<10 { _ = send.nextSequence(producer: 0, destination: 0) }
        send.acknowledge(producer: 0, destination: 0, first: 0, count: 4)
        send.acknowledge(producer: 0, destination: 0, first: 2, count: 4)
        send.acknowledge(producer: 0, destination: 0, first: 8, count: 5)
        send.acknowledge(producer: 0, destination: 0, first: 50, count: 1)
        #expect(send.acknowledgedCount == 8)
        #expect(send.strayAcknowledgementCount == 2 + 3 + 1)
    }

    @Test func sendersMergeByStream() {
        let streams = StreamTable(producerCount: 2, destinationCount: 1)
        var (a, b) = (SendLedger(streams), SendLedger(streams))
        for _ in 0..<3 { _ = a.nextSequence(producer: 0, destination: 0) }
        for _ in 0..<5 { _ = b.nextSequence(producer: 1, destination: 0) }
        b.acknowledge(producer: 1, destination: 0, first: 0, count: 5)
        a.merge(b)
        #expect(a.sentCount == 8 && a.acknowledgedCount == 5)
        #expect(a.sentCount(stream: 0) == 3 && a.sentCount(stream: 1) == 5)
    }
}
