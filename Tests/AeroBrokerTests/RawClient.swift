// A blocking client of the native protocol on a bare socket: it shares the codec with the broker
// and nothing else.

import AeroIO
import AeroWire
import Glibc

/// What can go wrong at the client's end of the socket.
enum RawClientError: Error, Equatable {
    case system(String, Int32)
    case timedOut
    case endOfStream
    case refused(ErrorCode)
    case unexpectedFrame(UInt16)
    case invalidOffset(Int64)
}

/// A frame as it came.
struct RawFrame {
    let header: FrameHeader
    let payload: [UInt8]

    /// The reply's code.
    var code: ErrorCode? {
        guard payload.count >= 2 else { return nil }
        return ErrorCode(rawValue: UInt16(payload[0]) << 8 | UInt16(payload[1]))
    }
}

/// A DELIVER, decoded.
struct RawDelivery {
    let subscriptionId: UInt64
    let highWatermark: Int64
    let batches: [UInt8]
}

/// One connection. Every receive gives up after twenty seconds, so a lost answer fails a test
/// instead of hanging it.
final class RawClient {
    private(set) var descriptor: Int32
    private var inbox: [UInt8] = []
    private var inboxStart = 0
    private var nextRequestId: UInt64 = 1
    /// DELIVER frames that came while an answer was awaited, oldest first.
    private var deliveries: [RawDelivery] = []
    /// Answers that came while another one was awaited.
    private var replies: [UInt64: RawFrame] = [:]

    /// Opens a socket without a handshake.
    ///
    /// - Parameter receiveBufferByteCount: Small, to let a slow reader be felt early.
    init(socketTo address: SocketAddress, receiveBufferByteCount: Int32? = nil) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw RawClientError.system("socket", errno) }
        if var byteCount = receiveBufferByteCount {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &byteCount, 4)
        }
        setLimit(milliseconds: 20_000, for: SO_RCVTIMEO)
        setLimit(milliseconds: 20_000, for: SO_SNDTIMEO)
        var target = sockaddr_in()
        target.sin_family = sa_family_t(AF_INET)
        target.sin_port = address.port.bigEndian
        target.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let status = withUnsafePointer(to: &target) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if status != 0 { try finishConnect(errno) }
    }

    /// An interrupted connect goes on in the kernel; its end is waited for.
    private func finishConnect(_ cause: Int32) throws {
        guard cause == EINTR else { throw RawClientError.system("connect", cause) }
        var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        while poll(&request, 1, 20_000) < 0, errno == EINTR {}
        var failure: Int32 = 0
        var length = socklen_t(4)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &failure, &length)
        guard failure == 0, request.revents & Int16(POLLOUT) != 0 else {
            throw RawClientError.system("connect", failure)
        }
    }

    /// Opens a connection and shakes hands.
    convenience init(
        _ address: SocketAddress, receiveBufferByteCount: Int32? = nil
    ) throws {
        try self.init(socketTo: address, receiveBufferByteCount: receiveBufferByteCount)
        _ = try call(ConnectRequest(clientId: "test"), ConnectReply.self)
    }

    deinit { close() }

    /// Closes the socket at once.
    func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }

    /// Closes with a reset instead of an orderly end.
    func reset() {
        var lingering = linger(l_onoff: 1, l_linger: 0)
        setsockopt(
            descriptor, SOL_SOCKET, SO_LINGER, &lingering, socklen_t(MemoryLayout<linger>.size))
        close()
    }

    /// Ends the client's direction of the stream.
    func shutdownWriting() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Sets how long a receive or send may take.
    func setLimit(milliseconds: Int, for option: Int32) {
        var limit = timeval(tv_sec: milliseconds / 1_000, tv_usec: milliseconds % 1_000 * 1_000)
        setsockopt(
            descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    // MARK: - Sending

    func send(_ bytes: [UInt8]) throws {
        var position = 0
        while position < bytes.count {
            let sent = bytes.withUnsafeBytes {
                Glibc.send(
                    descriptor, $0.baseAddress.map { $0 + position }, bytes.count - position,
                    Int32(MSG_NOSIGNAL))
            }
            if sent < 0, errno == EINTR { continue }
            guard sent > 0 else {
                throw errno == EAGAIN ? RawClientError.timedOut : .system("send", errno)
            }
            position += sent
        }
    }

    /// A fresh request id.
    func makeRequestId() -> UInt64 {
        nextRequestId += 1
        return nextRequestId - 1
    }

    /// Sends a request without waiting for its answer.
    @discardableResult
    func post(_ request: some RequestPayload, requestId: UInt64? = nil) throws -> UInt64 {
        let id = requestId ?? makeRequestId()
        try send(try request.frameBytes(requestId: id))
        return id
    }

    // MARK: - Receiving

    /// The next frame; nil at the end of the stream.
    func receive() throws -> RawFrame? {
        while true {
            if let frame = try cutFrame() { return frame }
            guard try fill() else { return nil }
        }
    }

    /// Reads until the broker ends the stream.
    ///
    /// - Returns: The frames that came before; nil in place of an orderly end means a reset.
    func receiveToEnd() throws -> [RawFrame] {
        var frames: [RawFrame] = []
        do {
            while let frame = try receive() { frames.append(frame) }
        } catch RawClientError.system(_, ECONNRESET) {
            return frames
        }
        return frames
    }

    /// The answer to a request, whatever else comes before it.
    func reply(to requestId: UInt64) throws -> RawFrame {
        if let early = replies.removeValue(forKey: requestId) { return early }
        while let frame = try receive() {
            if frame.header.isReply {
                if frame.header.requestId == requestId { return frame }
                replies[frame.header.requestId] = frame
            } else {
                deliveries.append(try delivery(frame))
            }
        }
        throw RawClientError.endOfStream
    }

    /// The next DELIVER.
    func nextDelivery() throws -> RawDelivery {
        if !deliveries.isEmpty { return deliveries.removeFirst() }
        while let frame = try receive() {
            if !frame.header.isReply { return try delivery(frame) }
            replies[frame.header.requestId] = frame
        }
        throw RawClientError.endOfStream
    }

    /// DELIVER frames that have come and were not taken yet.
    var waitingDeliveryCount: Int { deliveries.count }

    /// The body of a successful reply.
    func body<Body: ReplyPayload>(of frame: RawFrame, _ type: Body.Type) throws -> Body {
        try frame.payload.withUnsafeBytes { bytes in
            switch try Reply<Body>.decode(in: bytes, range: 0..<bytes.count) {
            case .success(let body): return body
            case .failure(let failure): throw RawClientError.refused(failure.code)
            }
        }
    }

    /// Sends a request and waits for its answer.
    func call<Body: ReplyPayload>(
        _ request: some RequestPayload, _ type: Body.Type
    ) throws -> Body {
        try body(of: try reply(to: try post(request)), type)
    }

    private func delivery(_ frame: RawFrame) throws -> RawDelivery {
        guard frame.header.command == .deliver else {
            throw RawClientError.unexpectedFrame(frame.header.commandCode)
        }
        return try frame.payload.withUnsafeBytes { bytes in
            let push = try DeliverPush.decode(in: bytes, range: 0..<bytes.count)
            return RawDelivery(
                subscriptionId: frame.header.requestId, highWatermark: push.highWatermark,
                batches: Array(bytes[push.batches]))
        }
    }

    private func cutFrame() throws -> RawFrame? {
        let parse = try inbox.withUnsafeBytes {
            try FrameDecoder.next(in: $0, at: inboxStart, limit: 64 << 20)
        }
        guard case .frame(let header, let payload) = parse else { return nil }
        inboxStart = payload.upperBound
        return RawFrame(header: header, payload: Array(inbox[payload]))
    }

    private func fill() throws -> Bool {
        inbox.removeFirst(inboxStart)
        inboxStart = 0
        var chunk = [UInt8](repeating: 0, count: 256 * 1024)
        while true {
            let count = recv(descriptor, &chunk, chunk.count, 0)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw errno == EAGAIN ? RawClientError.timedOut : .system("recv", errno)
            }
            inbox.append(contentsOf: chunk[0..<count])
            return count > 0
        }
    }
}
