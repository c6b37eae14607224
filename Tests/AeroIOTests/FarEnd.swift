// The far end of a poller's connection, driven by hand, whatever network it is on.

import AeroIO
import FaultSupport
import Glibc
import Testing

/// An end that a test drives with calls that block where they have to.
protocol FarEnd: AnyObject {
    func close()
    /// Closes with a reset instead of an end of stream.
    func reset()
    func shutdownWriting()
    func write(_ bytes: [UInt8]) throws
    /// What can be written without blocking, of `bytes` from `offset` on.
    func tryWrite(_ bytes: [UInt8], from offset: Int) -> Int
    /// Up to `limit` bytes that are there now; nil at the end of the stream.
    func tryRead(limit: Int) throws -> [UInt8]?
    /// Exactly `count` bytes.
    func read(_ count: Int) throws -> [UInt8]
    /// True when the stream ends here.
    func isAtEnd() -> Bool
    /// Another owner of this end, as a descriptor for a poller.
    func descriptorForPoller() throws -> Int32
}

extension TestSocket: FarEnd {
    func descriptorForPoller() throws -> Int32 {
        let other = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        try #require(fcntl(other, F_SETFL, O_NONBLOCK) == 0)
        return other
    }
}

/// An end on a simulated network; what blocks has simulated time pass instead.
final class SimulatedFarEnd: FarEnd {
    private let end: SimulatedEnd
    private let network: SimulatedNetwork

    init(_ end: SimulatedEnd, _ network: SimulatedNetwork) {
        self.end = end
        self.network = network
    }

    private var isGivenAway = false

    // As with a socket.
    deinit { if !isGivenAway { end.close() } }

    func close() { end.close() }
    func reset() { end.reset() }
    func shutdownWriting() { _ = end.shutDownWriting() }
    func descriptorForPoller() throws -> Int32 {
        isGivenAway = true
        return network.descriptor(of: end)
    }

    func write(_ bytes: [UInt8]) throws {
        var done = 0
        while done < bytes.count {
            let count = tryWrite(bytes, from: done)
            done += count
            if count == 0 { try #require(network.scheduler.step(), "a write that never ends") }
        }
    }

    func tryWrite(_ bytes: [UInt8], from offset: Int) -> Int {
        let outcome = bytes.withUnsafeBytes { bytes in
            let part = [bytes.vector(from: offset, count: bytes.count - offset)]
            return part.withUnsafeBufferPointer { end.send($0) }
        }
        if case .moved(let count) = outcome { return count }
        return 0
    }

    func tryRead(limit: Int) throws -> [UInt8]? {
        let chunk = try receive(limit)
        // Whoever asks again and again lets time pass.
        if chunk?.isEmpty == true { _ = network.scheduler.step() }
        return chunk
    }

    private func receive(_ limit: Int) throws -> [UInt8]? {
        var chunk = [UInt8](repeating: 0, count: limit)
        switch chunk.withUnsafeMutableBytes({ end.receive(into: $0) }) {
        case .moved(0): return nil
        case .moved(let count): return Array(chunk[..<count])
        case .wouldBlock: return []
        case .failed(let error): throw error
        }
    }

    func read(_ count: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            let chunk = try #require(try receive(count - bytes.count))
            bytes += chunk
            if chunk.isEmpty { try #require(network.scheduler.step(), "a read that never ends") }
        }
        return bytes
    }

    func isAtEnd() -> Bool {
        var byte: UInt8 = 0
        while true {
            switch withUnsafeMutableBytes(of: &byte, { end.receive(into: $0) }) {
            case .moved(let count): return count == 0
            case .failed: return false
            case .wouldBlock: if !network.scheduler.step() { return false }
            }
        }
    }
}
