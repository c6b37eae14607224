// From a compressed batch to one whose records can be read.

/// Decompresses batches by any codec, into memory that the caller has found to be enough.
///
/// The state of each codec is made at its first use and used again: nothing is allocated for a
/// batch in steady state. Nothing that a batch says is believed: see `byteCountBound`.
///
/// - Thread: One at a time.
package final class BatchDecompressor {
    private var gzip: GzipDecompressor?
    private var lz4: LZ4Decompressor?
    private var zstd: ZstdDecompressor?

    /// No codec's state is made yet.
    package init() {}

    /// Bytes to have ready for a batch without its compression, header included.
    ///
    /// What its codec states counts as far as the compressed bytes can become so much; where a
    /// codec leaves it open, the most that they can become. Exact for gzip and Snappy, and for
    /// LZ4 and Zstandard frames with a content size. A batch that is not compressed needs what it
    /// has.
    ///
    /// - Parameters:
    ///   - header: Of the batch, decoded from `position` of `bytes`.
    ///   - limit: The most bytes that the caller allows one batch.
    /// - Throws: `.decompressedTooLarge` above `limit`, `.corruptCompression`,
    ///   `.unknownCompression`.
    /// - Complexity: O(blocks) of the compressed data. Allocates nothing.
    package static func byteCountBound(
        of header: RecordBatchHeader, at position: Int, in bytes: UnsafeRawBufferPointer,
        limit: Int
    ) throws(WireError) -> Int {
        let records = recordBytes(of: header, at: position, in: bytes)
        let bound: Int
        switch try codec(of: header) {
        case .none: bound = records.count
        case .gzip: bound = try GzipDecompressor.byteCount(of: records)
        case .snappy: bound = try SnappyCodec.byteCount(of: records)
        case .lz4: bound = try LZ4FrameSize.byteCountBound(of: records)
        case .zstd: bound = try ZstdFrameSize.byteCountBound(of: records)
        }
        let byteCount = WireLimits.batchHeaderByteCount + bound
        guard byteCount <= limit else {
            throw .decompressedTooLarge(byteCount: byteCount, limit: limit)
        }
        return byteCount
    }

    /// Writes the batch without its compression, with length, attributes and CRC-32C of its own.
    ///
    /// The CRC of the compressed batch is the caller's to check before; the records are the
    /// reader's to check afterwards. A batch that is not compressed is copied.
    ///
    /// - Parameters:
    ///   - header: Of the batch, decoded from `position` of `bytes`.
    ///   - target: At least the bytes that `byteCountBound` has found.
    /// - Returns: Bytes of the batch in `target`.
    /// - Throws: `.corruptCompression`, `.unknownCompression`, `.compressionMemory`.
    package func decompress(
        _ header: RecordBatchHeader, at position: Int, in bytes: UnsafeRawBufferPointer,
        into target: UnsafeMutableRawBufferPointer
    ) throws(WireError) -> Int {
        let headerByteCount = WireLimits.batchHeaderByteCount
        precondition(target.count >= headerByteCount, "a batch needs room for its header")
        let codec = try Self.codec(of: header)
        guard codec != .none else {
            let batch = bytes[position..<position + header.byteCount]
            target.copyMemory(from: UnsafeRawBufferPointer(rebasing: batch))
            return header.byteCount
        }
        let written = try decompress(
            records: Self.recordBytes(of: header, at: position, in: bytes), by: codec,
            into: UnsafeMutableRawBufferPointer(rebasing: target[headerByteCount...]))
        var header = header
        header.attributes = header.attributes.with(codec: .none)
        header.byteCount = headerByteCount + written
        header.seal(into: target)
        return header.byteCount
    }

    private static func codec(
        of header: RecordBatchHeader
    ) throws(WireError) -> CompressionCodec {
        guard let codec = header.attributes.codec else {
            throw .unknownCompression(header.attributes.rawCodec)
        }
        return codec
    }

    private static func recordBytes(
        of header: RecordBatchHeader, at position: Int, in bytes: UnsafeRawBufferPointer
    ) -> UnsafeRawBufferPointer {
        let start = position + WireLimits.batchHeaderByteCount
        return UnsafeRawBufferPointer(rebasing: bytes[start..<position + header.byteCount])
    }

    private func decompress(
        records: UnsafeRawBufferPointer, by codec: CompressionCodec,
        into room: UnsafeMutableRawBufferPointer
    ) throws(WireError) -> Int {
        switch codec {
        case .none: preconditionFailure("records that are not compressed are copied")
        case .gzip:
            gzip = gzip ?? GzipDecompressor()
            if let gzip { return try gzip.decompress(records, into: room) }
        case .snappy: return try SnappyCodec.decompress(records, into: room)
        case .lz4:
            lz4 = lz4 ?? LZ4Decompressor()
            if let lz4 { return try lz4.decompress(records, into: room) }
        case .zstd:
            zstd = zstd ?? ZstdDecompressor()
            if let zstd { return try zstd.decompress(records, into: room) }
        }
        throw .compressionMemory(codec)
    }
}
