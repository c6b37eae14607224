// Sends batches that no producer would make, to see what a consumer makes of them.

import AeroWire
import Glibc

/// A blocking connection to a broker that sends batches as they are.
final class RawProducer {
    private let descriptor: Int32
    private var topicId: UInt32 = 0

    /// Connects and asks for the topic's number.
    init(to address: String, topic: String) throws {
        let port = UInt16(address.split(separator: ":").last ?? "") ?? 0
        guard let socket = RawSocket.connect(port) else {
            throw RawSocket.Failure(call: "connect")
        }
        descriptor = socket
        _ = try call(ConnectRequest(clientId: "raw"), 1)
        let payload = try call(DescribeTopicRequest(name: topic), 2)
        topicId = try payload.withUnsafeBytes { bytes in
            let reply = try Reply<DescribeTopicReply>.decode(in: bytes, range: 0..<bytes.count)
            guard case .success(let topic) = reply else {
                throw RawSocket.Failure(call: "describe")
            }
            return topic.topicId
        }
    }

    deinit { close(descriptor) }

    /// Appends a batch to partition 0; the broker's CRC and counts are the only check.
    func send(_ batch: [UInt8]) throws {
        var frame = [UInt8](repeating: 0, count: SendRequest.prefixByteCount) + batch
        let request = SendRequest(
            topicId: topicId, partition: 0, acks: .leader, timeoutMilliseconds: 20_000,
            batch: SendRequest.prefixByteCount..<frame.count)
        try frame.withUnsafeMutableBytes { try request.encodePrefix(requestId: 3, into: $0) }
        let payload = try exchange(frame)
        guard payload.prefix(2) == [0, 0] else { throw RawSocket.Failure(call: "send") }
    }

    private func call(_ request: some RequestPayload, _ requestId: UInt64) throws -> [UInt8] {
        var frame = [UInt8](repeating: 0, count: request.frameByteCount)
        try frame.withUnsafeMutableBytes {
            _ = try request.encodeFrame(requestId: requestId, into: $0)
        }
        return try exchange(frame)
    }

    /// Writes a frame and reads the payload of the next one.
    private func exchange(_ frame: [UInt8]) throws -> [UInt8] {
        var sent = 0
        while sent < frame.count {
            let count = frame.withUnsafeBytes {
                write(descriptor, $0.baseAddress.map { $0 + sent }, frame.count - sent)
            }
            guard count > 0 else { throw RawSocket.Failure(call: "write") }
            sent += count
        }
        let header = try read(WireLimits.frameHeaderByteCount)
        let length = header[..<4].reduce(0) { $0 << 8 | Int($1) }
        return try read(length + 4 - WireLimits.frameHeaderByteCount)
    }

    private func read(_ byteCount: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: byteCount)
        var filled = 0
        while filled < byteCount {
            let count = bytes.withUnsafeMutableBytes {
                Glibc.read(descriptor, $0.baseAddress.map { $0 + filled }, byteCount - filled)
            }
            guard count > 0 else { throw RawSocket.Failure(call: "read") }
            filled += count
        }
        return bytes
    }
}
