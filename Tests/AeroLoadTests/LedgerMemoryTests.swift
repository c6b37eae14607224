// What a ledger keeps of ten million messages: their gaps, and nothing else.

import AeroLoad
import Testing

@Suite(.timeLimit(.minutes(15))) struct LedgerMemoryTests {
    /// Sends and receives `count` messages on 32 streams, but for those that `isLost` names.
    static func account(
        _ count: Int, isLost: (Int) -> Bool
    ) -> (send: SendLedger, receive: ReceiveLedger) {
        let streams = StreamTable(producerCount: 4, destinationCount: 8)
        var send = SendLedger(streams)
        var receive = ReceiveLedger(streams, classIndex: 0, startNanoseconds: 0)
        for number in 0..<count {
            let (producer, destination) = (number & 3, (number >> 2) & 7)
            let sequence = send.nextSequence(producer: producer, destination: destination)
            send.acknowledge(
                producer: producer, destination: destination, first: sequence, count: 1)
            guard !isLost(number) else { continue }
            let stamp = Stamp(
                classIndex: 0, producer: UInt16(producer), destination: UInt16(destination),
                sequence: sequence, intendedNanoseconds: Int64(number),
                actualNanoseconds: Int64(number))
            _ = receive.note(.valid(stamp, form: .full), arrivedAt: destination)
        }
        return (send, receive)
    }

    /// Each stream holds a number, a list of gaps, and nothing else that could grow.
    static func gapCount(_ receive: ReceiveLedger) -> Int {
        (0..<receive.streams.count).reduce(0) { $0 + receive.received(stream: $1).missing.count }
    }

    @Test func tenMillionMessagesWithoutGapsLeaveNothingBehind() {
        let (send, receive) = Self.account(10_000_000) { _ in false }
        #expect(Self.gapCount(receive) == 0)
        let verdict = LedgerVerdict(send: send, receive: receive)
        #expect(verdict.isClean && verdict.sent == 10_000_000 && verdict.streamFaults.isEmpty)
    }

    @Test func memoryGoesWithTheGapsAndNotWithTheMessages() {
        for count in [100_000, 1_000_000] {
            // A hundred losses, of two messages next to each other in their stream.
            let every = count / 50
            let (send, receive) = Self.account(count) { number in
                number % every == 7 || number % every == 39
            }
            #expect(Self.gapCount(receive) == 50)
            let verdict = LedgerVerdict(send: send, receive: receive)
            #expect(verdict.lost == 100 && verdict.acknowledgedThenLost == 100)
            #expect(
                verdict.streamFaults.filter { $0.fault == .lost }.reduce(0) { $0 + $1.count }
                    == 100)
        }
    }
}
