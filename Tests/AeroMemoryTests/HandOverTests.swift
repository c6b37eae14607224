// The box for uncopyable values on their way to a thread.

import AeroMemory
import Testing

@Suite struct HandOverTests {
    @Test func theValueArrives() {
        let ledger = LifeLedger()
        let box = HandOver(ledger.makeToken(5))
        TestThread.run { #expect(box.take().number == 5) }
        #expect(ledger.count == 0)
    }

    @Test func aValueNeverTakenIsDestroyed() {
        let ledger = LifeLedger()
        do { _ = HandOver(ledger.makeToken(5)) }
        #expect(ledger.count == 0)
    }

    @Test(.timeLimit(.minutes(10))) func takingTwiceTraps() async {
        await #expect(processExitsWith: .failure) {
            let box = HandOver(5)
            _ = box.take()
            _ = box.take()
        }
    }
}
