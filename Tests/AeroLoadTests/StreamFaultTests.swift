// Faults told apart by producer and partition.

import AeroLoad
import Testing

@Suite struct StreamFaultTests {
    static let streams = StreamTable(producerCount: 2, destinationCount: 3)

    static func stamp(_ producer: Int, _ destination: Int, _ sequence: Int64) -> StampDecode {
        .valid(
            Stamp(
                classIndex: 0, producer: UInt16(producer), destination: UInt16(destination),
                sequence: sequence, intendedNanoseconds: 1, actualNanoseconds: 1), form: .full)
    }

    @Test func everyFaultNamesItsStream() {
        var send = SendLedger(Self.streams)
        for _ in 0..<4 {
            for producer in 0..<2 {
                for destination in 0..<3 {
                    let sequence = send.nextSequence(
                        producer: producer, destination: destination)
                    send.acknowledge(
                        producer: producer, destination: destination, first: sequence, count: 1)
                }
            }
        }
        var receive = ReceiveLedger(Self.streams, classIndex: 0, startNanoseconds: 0)
        func arrive(_ producer: Int, _ destination: Int, _ sequences: [Int64], at place: Int? = nil)
        {
            for sequence in sequences {
                _ = receive.note(
                    Self.stamp(producer, destination, sequence), arrivedAt: place ?? destination)
            }
        }
        arrive(0, 0, [0, 1, 1, 2, 3])  // One twice.
        arrive(0, 1, [0, 2, 1, 3])  // One late.
        arrive(0, 2, [0, 1, 2])  // The last one lost.
        arrive(1, 0, [0, 1, 2, 3], at: 1)  // All misrouted.
        arrive(1, 1, [0, 1, 3])  // One damaged on the way.
        _ = receive.note(.corrupt, arrivedAt: 1)
        arrive(1, 2, [0, 1, 2, 3])
        let verdict = LedgerVerdict(send: send, receive: receive)
        func fault(_ kind: LedgerFault) -> [StreamFault] {
            verdict.streamFaults.filter { $0.fault == kind }
        }
        func only(_ kind: LedgerFault, _ producer: Int?, _ destination: Int, _ first: Int64?) {
            #expect(
                fault(kind) == [
                    StreamFault(
                        fault: kind, producer: producer, destination: destination, count: 1,
                        firstSequence: first)
                ])
        }
        only(.duplicated, 0, 0, 1)
        only(.reordered, 0, 1, 1)
        only(.corrupt, nil, 1, nil)
        #expect(fault(.misrouted).map(\.count) == [4] && fault(.misrouted)[0].producer == 1)
        #expect(fault(.misrouted)[0].firstSequence == 0)
        #expect(fault(.lost).map { [$0.producer, $0.destination] } == [[0, 2], [1, 1]])
        #expect(fault(.acknowledgedThenLost).reduce(0) { $0 + $1.count } == 2)
        // Most first.
        #expect(verdict.streamFaults.first?.fault == .misrouted)
    }

    @Test func workersAddUpTheirFaults() {
        var one = ReceiveLedger(Self.streams, classIndex: 0, startNanoseconds: 0)
        var two = one
        for sequence in [Int64(0), 1, 1] {
            _ = one.note(Self.stamp(0, 0, sequence), arrivedAt: 0)
        }
        for sequence in [Int64(1), 2, 2] {
            _ = two.note(Self.stamp(0, 0, sequence), arrivedAt: 0)
        }
        one.merge(two)
        var send = SendLedger(Self.streams)
        for _ in 0..<3 { _ = send.nextSequence(producer: 0, destination: 0) }
        let verdict = LedgerVerdict(send: send, receive: one)
        // One each, and the message that both received.
        #expect(verdict.counts.duplicates == 3)
        #expect(verdict.streamFaults.map(\.count) == [3] && verdict.lost == 0)
    }
}
