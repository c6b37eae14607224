// The sixteen bits that say how a batch is to be read.

/// A batch's attributes.
///
/// | Bits | Meaning |
/// |---|---|
/// | 0...2 | ``CompressionCodec`` |
/// | 3 | 0: timestamps are the producer's; 1: the time of appending |
/// | 4 | the batch belongs to a transaction |
/// | 5 | the batch holds control records |
/// | 6 | the base timestamp is a deletion horizon |
/// | 7...15 | unassigned; kept as they are |
@usableFromInline package struct BatchAttributes: Equatable, Sendable {
    /// The bits as they stand on the wire.
    @usableFromInline package var rawValue: UInt16

    /// Takes the bits as they are.
    @inlinable
    package init(rawValue: UInt16) { self.rawValue = rawValue }

    /// No compression, producer's timestamps, no transaction.
    package static var plain: BatchAttributes { BatchAttributes(rawValue: 0) }

    /// The codec's number, which may be one that the format does not define.
    @inlinable
    package var rawCodec: UInt8 { UInt8(truncatingIfNeeded: rawValue & 0b111) }

    /// The codec, or `nil` when the format does not define its number.
    @inlinable
    package var codec: CompressionCodec? { CompressionCodec(rawValue: rawCodec) }

    /// The same attributes with another codec.
    package func with(codec: CompressionCodec) -> BatchAttributes {
        BatchAttributes(rawValue: rawValue & ~0b111 | UInt16(codec.rawValue))
    }

    /// Whether the timestamps are those of appending.
    @inlinable
    package var hasAppendTime: Bool { rawValue & 0b1000 != 0 }

    /// Whether the batch belongs to a transaction.
    @inlinable
    package var isTransactional: Bool { rawValue & 0b1_0000 != 0 }

    /// Whether the batch holds control records rather than data.
    @inlinable
    package var isControl: Bool { rawValue & 0b10_0000 != 0 }

    /// Whether the base timestamp says until when records without a value stay.
    @inlinable
    package var hasDeletionHorizon: Bool { rawValue & 0b100_0000 != 0 }

    /// The same attributes with a deletion horizon in the base timestamp's place.
    package var withDeletionHorizon: BatchAttributes {
        BatchAttributes(rawValue: rawValue | 0b100_0000)
    }
}
