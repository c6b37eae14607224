// How a producer has its batches compressed.

import AeroWire

/// A codec and, for those that have one, a level.
///
/// Every consumer reads every codec; the broker keeps and sends batches as they came.
public struct Compression: Sendable, Equatable {
    /// The codecs that batches know.
    public enum Codec: String, CaseIterable, Sendable {
        /// Batches as they are.
        case none
        /// Small, and by far the slowest: where a reader knows nothing else.
        case gzip
        /// Fast, with less to show for it.
        case snappy
        /// The fastest.
        case lz4
        /// Smaller than gzip, several times as fast.
        case zstd
    }

    /// The codec.
    public let codec: Codec
    /// The codec's own scale; nil for its default.
    public let level: Int?

    /// - Parameters:
    ///   - codec: The codec.
    ///   - level: Of the codec's scale: 1 to 9 for gzip (default 6), 0 to 12 for lz4 (default 0),
    ///     -7 to 19 for zstd (default 3), none for snappy. Higher is smaller and slower.
    public init(_ codec: Codec, level: Int? = nil) {
        self.codec = codec
        self.level = level
    }

    /// Batches as they are.
    public static let none = Compression(.none)
    /// gzip at its default level.
    public static let gzip = Compression(.gzip)
    /// Snappy, which has no levels.
    public static let snappy = Compression(.snappy)
    /// LZ4 at its default level, the fastest.
    public static let lz4 = Compression(.lz4)
    /// Zstandard at its default level.
    public static let zstd = Compression(.zstd)

    /// gzip at a level from 1 to 9.
    public static func gzip(level: Int) -> Compression { Compression(.gzip, level: level) }
    /// LZ4 at a level from 0 to 12; from 3 on it takes its time.
    public static func lz4(level: Int) -> Compression { Compression(.lz4, level: level) }
    /// Zstandard at a level from -7 to 19.
    public static func zstd(level: Int) -> Compression { Compression(.zstd, level: level) }

    func validate() throws(ClientError) {
        guard let level else { return }
        guard let levels = BatchCompression.levels(of: wireCodec) else {
            throw ClientError(.invalidConfiguration, "compression \(codec) has no levels")
        }
        try OptionBounds.check("compression level of \(codec)", level, in: levels)
    }

    /// As the batch format has it; only valid levels have one.
    var batchCompression: BatchCompression { BatchCompression(wireCodec, level: level) }

    private var wireCodec: CompressionCodec {
        switch codec {
        case .none: .none
        case .gzip: .gzip
        case .snappy: .snappy
        case .lz4: .lz4
        case .zstd: .zstd
        }
    }
}
