// A client written from the protocol's description alone.

import Foundation
import Glibc
import Testing

/// One blocking connection that says whatever it is told to.
final class StrangerConnection {
    private let descriptor: Int32
    private var nextRequestId: UInt64 = 1

    struct Answer: Equatable {
        let command: UInt16
        let requestId: UInt64
        let code: UInt16
        let rest: [UInt8]
    }

    init(port: UInt16) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        try #require(descriptor >= 0)
        var patience = timeval(tv_sec: 20, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, size)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(status == 0, "connect: \(String(cString: strerror(errno)))")
    }

    deinit { close(descriptor) }

    /// Sends bytes; false when the peer takes no more.
    @discardableResult func send(_ bytes: [UInt8], flags: Int32 = 0) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(
                    descriptor, $0.baseAddress, $0.count, flags | Int32(MSG_NOSIGNAL))
            }
            if count <= 0 { return false }
            sent += count
        }
        return true
    }

    /// Sends without waiting; false once the kernel's buffers are full.
    func sendAtOnce(_ bytes: [UInt8]) -> Bool { send(bytes, flags: Int32(MSG_DONTWAIT)) }

    /// Reads exactly so many bytes; nil when the stream ends or nothing comes.
    func receive(_ count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var received = 0
        while received < count {
            let now = bytes[received...].withUnsafeMutableBytes {
                recv(descriptor, $0.baseAddress, $0.count, 0)
            }
            if now <= 0 { return nil }
            received += now
        }
        return bytes
    }

    /// True when the broker closes; whatever it says before is left unread.
    func isClosedByPeer() -> Bool {
        var bytes = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = recv(descriptor, &bytes, bytes.count, 0)
            if count == 0 { return true }
            if count < 0 { return errno == ECONNRESET }
        }
    }

    func answer() -> Answer? {
        guard let head = receive(4), let length = Wire.number(head[...]),
            (12...(64 << 20)).contains(length), let body = receive(Int(length))
        else { return nil }
        return Answer(
            command: UInt16(Wire.number(body[0..<2]) ?? 0),
            requestId: Wire.number(body[2..<10]) ?? 0,
            code: UInt16(Wire.number(body[10..<12]) ?? 0), rest: Array(body[12...]))
    }

    /// Sends a request and reads one answer.
    func ask(_ command: UInt16, _ payload: [UInt8] = []) -> Answer? {
        let requestId = nextRequestId
        nextRequestId += 1
        guard send(Wire.frame(command, requestId, payload)) else { return nil }
        return answer()
    }

    /// CONNECT with a range of versions.
    func connect(versions: ClosedRange<UInt16> = 1...1) -> Answer? {
        ask(1, Wire.connect(versions))
    }

    /// PING; true when the broker gives the number back.
    func isAnswered() -> Bool {
        let opaque = Wire.bytes(UInt64(0x0123_4567_89AB_CDEF))
        guard let answer = ask(3, opaque) else { return false }
        return answer.code == 0 && answer.rest == opaque
    }
}

/// Bytes of the protocol, big-endian.
enum Wire {
    static func bytes<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
        withUnsafeBytes(of: number.bigEndian) { Array($0) }
    }

    static func number(_ bytes: ArraySlice<UInt8>) -> UInt64? {
        bytes.count > 8 ? nil : bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }

    static func text(_ text: String) -> [UInt8] { bytes(UInt16(text.utf8.count)) + text.utf8 }

    static func frame(_ command: UInt16, _ requestId: UInt64, _ payload: [UInt8]) -> [UInt8] {
        bytes(UInt32(10 + payload.count)) + bytes(command) + bytes(requestId) + payload
    }

    static func connect(_ versions: ClosedRange<UInt16>) -> [UInt8] {
        let range = bytes(versions.lowerBound) + bytes(versions.upperBound)
        return range + text("stranger") + bytes(UInt64(0)) + text("") + bytes(UInt32(0))
    }

    static func createTopic(_ name: String) -> [UInt8] {
        // One partition, in memory, default bounds, no settings.
        text(name) + bytes(UInt32(1)) + [0] + bytes(UInt32(0)) + bytes(UInt64(0)) + bytes(UInt64(0))
            + bytes(UInt32(0))
    }

    /// SEND of one record to partition 0, with a checksum that is as wrong as asked.
    static func send(topicId: UInt32, checksum: UInt32) -> [UInt8] {
        let record: [UInt8] = [12, 0, 0, 0, 1, 0, 0]
        let covered =
            bytes(Int16(0)) + bytes(Int32(0)) + bytes(Int64(0)) + bytes(Int64(0))
            + bytes(Int64(-1)) + bytes(Int16(-1)) + bytes(Int32(-1)) + bytes(Int32(1)) + record
        let batch =
            bytes(Int64(0)) + bytes(Int32(9 + covered.count)) + bytes(Int32(0)) + [2]
            + bytes(checksum) + covered
        return bytes(topicId) + bytes(UInt32(0)) + [1, 0] + bytes(UInt32(1_000)) + batch
    }
}
