// What can go wrong on a simulated network, and that it does only when it is told to.

import AeroIO
import FaultSupport
import Glibc
import Testing

@Suite struct SimulatedNetworkTests {
    private func makeNetwork() -> SimulatedNetwork {
        SimulatedNetwork(
            scheduler: SimulationScheduler(seed: 1), conditions: NetworkConditions(), seed: 1)
    }

    private func send(_ bytes: [UInt8], from end: SimulatedEnd) -> EndResult {
        bytes.withUnsafeBytes { bytes in
            let start = UnsafeMutableRawPointer(mutating: bytes.baseAddress)
            let vectors = [SendVector(iov_base: start, iov_len: bytes.count)]
            return vectors.withUnsafeBufferPointer { end.send($0) }
        }
    }

    private func receive(from end: SimulatedEnd) -> (EndResult, [UInt8]) {
        var bytes = [UInt8](repeating: 0, count: 100)
        let result = bytes.withUnsafeMutableBytes { end.receive(into: $0) }
        guard case .moved(let count) = result else { return (result, []) }
        return (result, Array(bytes[..<count]))
    }

    private func settle(_ network: SimulatedNetwork) { while network.scheduler.step() {} }

    @Test func carriesBytesInOrderAndTheEndBehindThem() {
        let network = makeNetwork()
        let (near, far) = network.makePair()
        #expect(send([1, 2], from: near) == .moved(2))
        #expect(send([3], from: near) == .moved(1))
        near.close()
        #expect(receive(from: far).0 == .wouldBlock)
        settle(network)
        #expect(receive(from: far).1 == [1, 2, 3])
        #expect(receive(from: far).0 == .moved(0))
        far.close()
        #expect(network.connections.isEmpty)
    }

    @Test func stallsAndGoesOn() {
        let network = makeNetwork()
        let (near, far) = network.makePair()
        network.stall(far, nanoseconds: 1_000)
        _ = send([7], from: near)
        while network.scheduler.step(until: network.scheduler.nowNanoseconds + 999) {}
        #expect(receive(from: far).0 == .wouldBlock)
        settle(network)
        #expect(receive(from: far).1 == [7])
    }

    /// What a machine says behind its power loss reaches nobody, also not when it is there again.
    @Test func silencesForGoodAndHealsByAReset() {
        for seed in 1...20 as ClosedRange<UInt64> {
            let network = SimulatedNetwork(
                scheduler: SimulationScheduler(seed: seed), conditions: NetworkConditions(),
                seed: seed)
            let (near, far) = network.makePair()
            network.silence(near)
            _ = send(Array(1...100), from: near)
            near.close()
            settle(network)
            #expect(receive(from: far).0 == .wouldBlock)
            network.heal()
            settle(network)
            #expect(receive(from: far).0 == .failed(.connectionReset))
        }
    }

    @Test func cutsBothEndsAndLosesOnlyASuffix() {
        for seed in 1...50 as ClosedRange<UInt64> {
            let network = SimulatedNetwork(
                scheduler: SimulationScheduler(seed: seed), conditions: NetworkConditions(),
                seed: seed)
            let (near, far) = network.makePair()
            let sent = Array(UInt8(1)...100)
            _ = send(sent, from: near)
            network.cut(near)
            settle(network)
            let (result, bytes) = receive(from: far)
            if case .moved = result {
                #expect(bytes == Array(sent.prefix(bytes.count)))
                #expect(receive(from: far).0 == .failed(.connectionReset))
            } else {
                #expect(result == .failed(.connectionReset))
            }
            #expect(send([1], from: near) == .failed(.connectionReset))
            #expect(send([1], from: near) == .failed(.brokenPipe))
        }
    }

    /// A descriptor that nobody gives to a poller is a connection all the same.
    @Test func closesWhatIsDroppedAsADescriptor() {
        let network = makeNetwork()
        let (near, far) = network.makePair()
        let descriptor = FileDescriptor(owning: network.descriptor(of: near))
        network.collectDropped()
        settle(network)
        #expect(receive(from: far).0 == .wouldBlock)
        _ = consume descriptor
        network.collectDropped()
        settle(network)
        #expect(receive(from: far).0 == .moved(0))
    }
}
