// Which codec, and how hard it is to try.

/// How a producer has its batches compressed.
package struct BatchCompression: Equatable, Sendable {
    /// The codec; `.none` leaves batches as they are.
    package let codec: CompressionCodec
    /// The codec's own scale, within `levels(of:)`; without meaning for codecs that have none.
    package let level: Int32

    /// - Parameters:
    ///   - codec: The codec.
    ///   - level: Within `levels(of:)`; nil takes the default.
    package init(_ codec: CompressionCodec, level: Int? = nil) {
        let level = level ?? Self.levelDefault(of: codec)
        precondition(
            Self.levels(of: codec)?.contains(level) ?? true, "a level outside the codec's scale")
        self.codec = codec
        self.level = Int32(level)
    }

    /// Batches as they are.
    package static var none: BatchCompression { BatchCompression(.none) }

    /// The levels that a codec has, from fast to small; nil for codecs without a choice.
    ///
    /// Zstandard's negative levels give up ratio for speed; its levels above 19 are left out, since
    /// their tables take tens of MiB a context.
    package static func levels(of codec: CompressionCodec) -> ClosedRange<Int>? {
        switch codec {
        case .none, .snappy: nil
        case .gzip: 1...9
        case .lz4: 0...12
        case .zstd: -7...19
        }
    }

    /// The level taken when none is named.
    package static func levelDefault(of codec: CompressionCodec) -> Int {
        switch codec {
        case .none, .snappy: 0
        case .gzip: 6
        case .lz4: 0
        case .zstd: 3
        }
    }
}
