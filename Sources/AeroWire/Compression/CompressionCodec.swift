// How the records of a batch are compressed.

/// The codec in the lowest three bits of a batch's attributes.
@usableFromInline package enum CompressionCodec: UInt8, CaseIterable, Sendable {
    /// Records stand as they are.
    case none = 0
    /// RFC 1952.
    case gzip = 1
    /// Raw or framed Snappy.
    case snappy = 2
    /// The LZ4 frame format.
    case lz4 = 3
    /// RFC 8878.
    case zstd = 4
}
