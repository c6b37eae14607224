// A client that breaks the protocol in every way it can think of.

import AeroIO
import AeroWire
import FaultSupport
import Glibc
import TestSupport

/// Connects, sends what no client should, and leaves without a word; again and again.
///
/// Nothing is expected of the broker but that everybody else notices nothing.
final class SimulatedVandal {
    private let simulation: Simulation
    private var poller: SimulatedPoller
    private var random: SplitMix64
    private let number: Int
    private lazy var task = SimulatedTask(
        simulation.scheduler, "vandal", 900 + number, seed: simulation.seed
    ) { [unowned self] in turn() }
    private var generation: UInt32 = 0
    private var isOpen = false
    private var isConnected = false
    private var isClosing = false
    private var isFinished = false
    private var nextNanoseconds: Int64 = 0
    private var bytes: UnsafeMutableRawBufferPointer?
    private var sentCount = 0

    init(_ simulation: Simulation, number: Int) throws {
        self.simulation = simulation
        self.number = number
        random = SplitMix64(seed: simulation.seed, part: 600 + UInt64(number))
        poller = try SimulatedPoller(simulation.network)
        poller.core.whenReady = { [unowned self] in task.wake() }
    }

    deinit { bytes?.deallocate() }

    private var token: Token { Token(index: 0, generation: generation) }

    func start() { task.wake() }

    func finish() {
        isFinished = true
        nextNanoseconds = 0
        task.wake()
    }

    func tearDown() {
        task.stop()
        poller.core.shutDown()
    }

    private func turn() -> Int64 {
        let now = simulation.scheduler.nowNanoseconds
        do throws(Errno) {
            try poller.wait(timeoutNanoseconds: 0)
        } catch {
            preconditionFailure("a simulated wait does not fail: \(error)")
        }
        while let completion = poller.next() { take(completion) }
        if now >= nextNanoseconds { act(now) }
        if poller.core.isReady { return now }
        return isFinished && !isOpen ? .max : max(nextNanoseconds, now + 1_000_000)
    }

    private func take(_ completion: Completion) {
        switch completion {
        case .connected:
            isConnected = true
            sendRest()
        case .sent(_, let count):
            sentCount += count
            sendRest()
        case .endOfStream, .failed: close()
        case .closed:
            isOpen = false
            isClosing = false
            bytes?.deallocate()
            bytes = nil
        case .received, .accepted, .woken: break
        }
    }

    private func act(_ now: Int64) {
        nextNanoseconds = now + random.drawTime(1_000_000...1_000_000_000)
        guard !isClosing else { return }
        if isOpen {
            if isFinished || random.percent(50) { close() }
            return
        }
        guard !isFinished else { return }
        generation += 1
        isOpen = true
        isConnected = false
        sentCount = 0
        let made = makeBytes()
        let memory = UnsafeMutableRawBufferPointer.allocate(
            byteCount: max(made.count, 1), alignment: 8)
        memory.copyBytes(from: made)
        bytes = made.isEmpty ? nil : memory
        if made.isEmpty { memory.deallocate() }
        do throws(Errno) {
            try poller.connect(
                to: simulation.brokerAddress, options: SimulationLimits.socketOptions,
                token: token)
        } catch {
            isOpen = false
        }
    }

    private func sendRest() {
        guard isConnected, !isClosing, let bytes, sentCount < bytes.count else { return }
        let rest = UnsafeMutableRawBufferPointer(rebasing: bytes[sentCount...])
        let vectors = [SendVector(iov_base: rest.baseAddress, iov_len: rest.count)]
        vectors.withUnsafeBufferPointer { poller.send(token, $0) }
    }

    private func close() {
        guard isOpen, !isClosing else { return }
        isClosing = true
        poller.close(token)
    }

    // MARK: - What it sends

    private func makeBytes() -> [UInt8] {
        var bytes: [UInt8] = []
        switch random.below(5) {
        case 0: bytes = noise(random.draw(1...2_000))
        case 1: break
        case 2: bytes = frame(Command.send.rawValue, noise(random.draw(0...100)))
        default:
            let request = ConnectRequest(clientId: "vandal")
            bytes = encoded(request)
            for _ in 0..<random.draw(1...6) {
                let command =
                    random.percent(20)
                    ? UInt16(random.below(65_536)) : random.pick(Command.allCases).rawValue
                // Topics are the others' to make: a vandal that succeeds is none.
                guard command != Command.createTopic.rawValue else { continue }
                bytes += frame(command, noise(random.draw(0...300)))
            }
        }
        // Some of it may stay out.
        return random.percent(30) ? Array(bytes.prefix(random.draw(0...bytes.count))) : bytes
    }

    private func noise(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in random.percent(50) ? 0 : UInt8(truncatingIfNeeded: random.next()) }
    }

    private func frame(_ command: UInt16, _ payload: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        append(UInt32(2 + 8 + payload.count), to: &bytes)
        append(command, to: &bytes)
        append(UInt64(random.below(5)), to: &bytes)
        return bytes + payload
    }

    private func encoded(_ request: some RequestPayload) -> [UInt8] {
        let memory = UnsafeMutableRawBufferPointer.allocate(
            byteCount: request.frameByteCount, alignment: 8)
        defer { memory.deallocate() }
        do throws(WireError) {
            _ = try request.encodeFrame(requestId: 1, into: memory)
        } catch {
            preconditionFailure("a frame fits its own size: \(error)")
        }
        return Array(memory)
    }

    private func append(_ number: some FixedWidthInteger, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
    }
}
