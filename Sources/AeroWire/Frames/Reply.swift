// Replies: a code, and behind it either the answer or the reason why there is none.

/// Why a request failed, as its reply states it.
package struct ReplyFailure: Equatable, Sendable {
    /// The code, or `.unrecognized` when this version does not know it.
    package var code: ErrorCode
    /// The code as it stands on the wire.
    package var rawCode: UInt16
    /// Where the UTF-8 of the explanation stands in the decoded bytes.
    package var messageRange: Range<Int>

    /// Makes a failure from its fields.
    @inlinable
    package init(code: ErrorCode, rawCode: UInt16, messageRange: Range<Int>) {
        self.code = code
        self.rawCode = rawCode
        self.messageRange = messageRange
    }

    /// The explanation, with malformed UTF-8 repaired. For logs and errors shown to people.
    ///
    /// - Parameter bytes: The bytes that the reply was decoded from.
    package func message(in bytes: UnsafeRawBufferPointer) -> String {
        String(decoding: bytes[messageRange], as: UTF8.self)
    }
}

/// A decoded reply.
///
/// | Bytes | Field |
/// |---|---|
/// | 0..<2 | code u16, an ``ErrorCode`` |
/// | 2... | code 0: the body; any other: message string |
package enum Reply<Body: ReplyPayload>: Equatable, Sendable {
    /// The request was carried out.
    case success(Body)
    /// The request was refused or failed.
    case failure(ReplyFailure)

    /// Reads a reply that must fill `range` of `bytes`. Never allocates unless `Body` does.
    ///
    /// - Throws: What the fields throw, and `.trailingBytes`.
    @inlinable
    package static func decode(
        in bytes: UnsafeRawBufferPointer, range: Range<Int>
    ) throws(WireError) -> Reply {
        var reader = WireReader(bytes, in: range)
        let rawCode = try reader.readInteger(UInt16.self)
        let reply: Reply
        if rawCode == ErrorCode.ok.rawValue {
            reply = .success(try Body.decode(from: &reader))
        } else {
            let range = try reader.readTextRange(limit: WireLimits.failureMessageByteCountMax)
            let code = ErrorCode(rawValue: rawCode) ?? .unrecognized
            reply = .failure(ReplyFailure(code: code, rawCode: rawCode, messageRange: range))
        }
        try reader.expectEnd()
        return reply
    }
}

/// Bytes of the code in front of every reply's body.
@usableFromInline let replyCodeByteCount = 2

extension ReplyPayload {
    /// Bytes of the whole reply frame.
    @inlinable
    package var frameByteCount: Int {
        WireLimits.frameHeaderByteCount + replyCodeByteCount + encodedByteCount
    }

    /// Writes the reply to `request`: header, code 0 and this body.
    ///
    /// - Returns: The range of the frame's bytes in the buffer.
    /// - Throws: `.full`, `.fieldTooLong`.
    @inlinable
    @discardableResult
    package func encodeFrame(
        replyingTo request: FrameHeader, into buffer: UnsafeMutableRawBufferPointer,
        at position: Int = 0
    ) throws(WireError) -> Range<Int> {
        var frame = try FrameBuilder(into: buffer, at: position)
        try frame.payload.write(ErrorCode.ok.rawValue)
        try encode(into: &frame.payload)
        return try frame.finish(commandCode: request.replyCode, requestId: request.requestId)
    }

    /// The whole reply frame in memory of its own. For the control plane.
    package func frameBytes(replyingTo request: FrameHeader) throws(WireError) -> [UInt8] {
        try makeFrameBytes(byteCount: frameByteCount) { (buffer) throws(WireError) in
            try encodeFrame(replyingTo: request, into: buffer)
        }
    }
}

/// A reply that tells why a request was not carried out; fits every command, known or not.
package struct FailureReply: Equatable, Sendable {
    /// The code; not `.ok`.
    package var code: ErrorCode
    /// One sentence for people; cut at `WireLimits.failureMessageByteCountMax` bytes.
    package var message: String

    /// Makes a failed reply.
    ///
    /// - Precondition: `code` is neither `.ok` nor `.unrecognized`.
    package init(_ code: ErrorCode, _ message: String) {
        precondition(code != .ok && code != .unrecognized, "a failure needs a published code")
        self.code = code
        self.message = message.cut(toByteCount: WireLimits.failureMessageByteCountMax)
    }

    /// Bytes of the whole reply frame.
    package var frameByteCount: Int {
        WireLimits.frameHeaderByteCount + replyCodeByteCount + 2 + message.utf8.count
    }

    /// Writes the reply to `request`: header, code and message.
    ///
    /// - Returns: The range of the frame's bytes in the buffer.
    /// - Throws: `.full`.
    @discardableResult
    package func encodeFrame(
        replyingTo request: FrameHeader, into buffer: UnsafeMutableRawBufferPointer,
        at position: Int = 0
    ) throws(WireError) -> Range<Int> {
        var frame = try FrameBuilder(into: buffer, at: position)
        try frame.payload.write(code.rawValue)
        try frame.payload.write(text: message)
        return try frame.finish(commandCode: request.replyCode, requestId: request.requestId)
    }

    /// The whole reply frame in memory of its own.
    package func frameBytes(replyingTo request: FrameHeader) throws(WireError) -> [UInt8] {
        try makeFrameBytes(byteCount: frameByteCount) { (buffer) throws(WireError) in
            try encodeFrame(replyingTo: request, into: buffer)
        }
    }
}

extension String {
    /// The longest prefix of whole characters that takes at most `byteCount` bytes of UTF-8.
    func cut(toByteCount byteCount: Int) -> String {
        guard utf8.count > byteCount else { return self }
        var end = startIndex
        var used = 0
        for index in indices {
            used += self[index].utf8.count
            if used > byteCount { break }
            end = self.index(after: index)
        }
        return String(self[..<end])
    }
}
