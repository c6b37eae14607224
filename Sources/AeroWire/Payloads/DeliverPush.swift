// DELIVER: batches pushed to a subscriber within its credit.

/// Batches of a subscription; the frame's request id is the subscription id.
///
/// A subscription that the broker ends, because its topic was deleted, is told so by a failed reply
/// to DELIVER with the same id: nothing else answers one.
///
/// | Bytes of payload | Field |
/// |---|---|
/// | 0..<8 | highWatermark i64 |
/// | 8... | whole record batches |
package struct DeliverPush: Equatable, Sendable {
    /// Bytes in front of the batches in a payload.
    package static let fixedByteCount = 8
    /// Bytes in front of the batches in a frame: header and fixed part.
    package static let prefixByteCount = WireLimits.frameHeaderByteCount + fixedByteCount

    /// The offset that the next record to become readable will have.
    package var highWatermark: Int64
    /// Where the batches stand in the bytes decoded. In encoding only its count matters.
    package var batches: Range<Int>

    /// Makes a push from its fields.
    @inlinable
    package init(highWatermark: Int64, batches: Range<Int>) {
        self.highWatermark = highWatermark
        self.batches = batches
    }

    /// Reads the payload in `range` of `bytes`. The batches are not looked at.
    ///
    /// - Throws: `.truncated`.
    @inlinable
    package static func decode(
        in bytes: UnsafeRawBufferPointer, range: Range<Int>
    ) throws(WireError) -> DeliverPush {
        var reader = WireReader(bytes, in: range)
        return DeliverPush(
            highWatermark: try reader.readInteger(), batches: reader.readRemaining())
    }

    /// Writes frame header and fixed part at `position`; `batches.count` bytes of batches stand, or
    /// are sent, right behind.
    ///
    /// - Throws: `.full`; `.frameTooLarge` above the ceiling.
    @inlinable
    package func encodePrefix(
        subscriptionId: UInt64, into buffer: UnsafeMutableRawBufferPointer, at position: Int = 0
    ) throws(WireError) {
        var frame = try FrameBuilder(into: buffer, at: position)
        try frame.payload.write(highWatermark)
        _ = try frame.finish(
            commandCode: Command.deliver.rawValue, requestId: subscriptionId,
            trailingByteCount: batches.count)
    }
}
