// Two connected tokens of one poller that send to each other until a quota is met.

import AeroIO
import Glibc
import TestSupport
import Testing

/// Sends a known stream each way in chunks of random sizes and checks every byte that arrives.
struct DuplexTransfer: ~Copyable {
    private var harness: PollerHarness
    private let byteCount: Int
    private let tokens: [Token]
    private let sources: [[UInt8]]
    private var sentCounts = [0, 0]
    private var receivedCounts = [0, 0]
    private var paused = [false, false]
    private(set) var mismatch: String?

    init(_ kind: PollerUnderTest, byteCount: Int) throws {
        var harness = try PollerHarness(kind)
        let (near, far) = try harness.makeConnection()
        let other = try far.descriptorForPoller()
        let tokens = [Token(index: 0, generation: 1), Token(index: 1, generation: 1)]
        try harness.poller.addConnection(FileDescriptor(owning: near), token: tokens[0])
        try harness.poller.addConnection(FileDescriptor(owning: other), token: tokens[1])
        self.tokens = tokens
        self.byteCount = byteCount
        sources = [pattern(byteCount, stream: 1), pattern(byteCount, stream: 2)]
        self.harness = harness
    }

    mutating func run(_ generator: inout SplitMix64) throws {
        let deadline = MonotonicClock.nowNanoseconds() + 50_000_000_000
        send(0, &generator)
        send(1, &generator)
        while mismatch == nil && receivedCounts != [byteCount, byteCount] {
            try #require(MonotonicClock.nowNanoseconds() < deadline, "\(receivedCounts)")
            for side in 0..<2 where paused[side] {
                paused[side] = false
                harness.poller.setReceiving(tokens[side], true)
            }
            try harness.poller.wait(timeoutNanoseconds: 10_000_000)
            while let completion = harness.poller.next() { note(completion, &generator) }
        }
    }

    private mutating func note(_ completion: Completion, _ generator: inout SplitMix64) {
        switch completion {
        case .sent(let token, let count):
            let side = Int(token.index)
            sentCounts[side] += count
            send(side, &generator)
        case .received(let token, let bytes):
            let side = Int(token.index)
            if paused[side] { mismatch = "bytes while reads were withheld" }
            check(side, bytes)
            // Now and then reads are withheld for a turn.
            if Int.random(in: 0..<16, using: &generator) == 0 {
                paused[side] = true
                harness.poller.setReceiving(token, false)
            }
        default: mismatch = "unexpected \(completion)"
        }
    }

    private mutating func check(_ side: Int, _ bytes: UnsafeRawBufferPointer) {
        let start = receivedCounts[side]
        receivedCounts[side] += bytes.count
        let isEqual = sources[1 - side].withUnsafeBytes { source in
            guard start + bytes.count <= source.count, let arrived = bytes.baseAddress,
                let wanted = source.dropped(start).baseAddress
            else { return false }
            return memcmp(wanted, arrived, bytes.count) == 0
        }
        if !isEqual { mismatch = "side \(side), \(bytes.count) bytes from \(start)" }
    }

    private mutating func send(_ side: Int, _ generator: inout SplitMix64) {
        let remaining = byteCount - sentCounts[side]
        guard remaining > 0 else { return }
        let size = min(remaining, 1 << Int.random(in: 0...20, using: &generator))
        let first = size > 1 ? Int.random(in: 1..<size, using: &generator) : size
        sources[side].withUnsafeBytes { source in
            let start = sentCounts[side]
            var vectors = [source.vector(from: start, count: first)]
            if first < size {
                vectors.append(source.vector(from: start + first, count: size - first))
            }
            // The arrays live as long as this value, so the bytes stay where they are.
            harness.poller.send(tokens[side], vectors)
        }
    }
}
