// Which connections a storm cuts, and how long it lasts.

import Testing

@testable import AeroDrivers

@Suite struct ConnectionStormTests {
    @Test(arguments: [1_000_000, 250_000_000, 500_000_000, 999_000_000, 1_000_000_000] as [Int64])
    func aShareIsCutAndAtLeastOne(shareBillionths: Int64) {
        let storm = ConnectionStorm()
        storm.begin(shareBillionths: shareBillionths)
        let order = storm.order
        for count in [1, 2, 3, 10, 1_000] {
            let concerned = (0..<count).filter(order.concerns)
            let share = Double(count) * Double(shareBillionths) / 1e9
            #expect(concerned.count == Int(share.rounded(.up)))
            // Evenly spread: producers come first, and consumers are cut, too.
            #expect(concerned.first == 0)
            if concerned.count > 1 { #expect(concerned[concerned.count - 1] >= count / 2) }
        }
    }

    /// A worker that looks only after it is over still knows that there was one.
    @Test func aStormThatNobodySawIsStillOne() {
        let storm = ConnectionStorm()
        #expect(storm.order.number == 0 && !storm.order.isGoingOn)
        storm.begin(shareBillionths: 1_000_000_000)
        #expect(storm.order.isGoingOn)
        storm.end()
        #expect(storm.order.number == 1 && !storm.order.isGoingOn)
    }
}
