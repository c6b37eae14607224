// From a finished batch to a smaller one.

package import AeroMemory

/// Compresses the records of finished batches by any codec.
///
/// The 61 bytes of header stay outside the compression; attributes, length and CRC-32C change.
/// The state of each codec is made at its first use and used again: nothing is allocated for a
/// batch in steady state, but by Snappy's library, which takes its working memory for each block.
///
/// - Thread: One at a time.
package final class BatchCompressor {
    private var gzip: GzipCompressor?
    private var lz4: LZ4Compressor?
    private var zstd: ZstdCompressor?

    /// No codec's state is made yet.
    package init() {}

    /// Bytes to have ready for the outcome of compressing a batch.
    ///
    /// - Parameter byteCount: Of the batch, header included.
    package static func byteCountBound(_ byteCount: Int, by codec: CompressionCodec) -> Int {
        let records = byteCount - WireLimits.batchHeaderByteCount
        let bound =
            switch codec {
            case .none: records
            case .gzip: GzipCompressor.byteCountBound(records)
            case .snappy: SnappyCodec.byteCountBound(records)
            case .lz4: LZ4Compressor.byteCountBound(records)
            case .zstd: ZstdCompressor.byteCountBound(records)
            }
        return WireLimits.batchHeaderByteCount + bound
    }

    /// Writes a batch with the same records, compressed, when that is smaller.
    ///
    /// - Parameters:
    ///   - batch: A finished batch that is not compressed, and nothing else.
    ///   - target: At least `byteCountBound` bytes elsewhere.
    ///   - compression: The codec and its level.
    /// - Returns: Bytes of the new batch; nil when it would not be smaller, or when the library has
    ///   no memory: the batch is to be sent as it is.
    package func compress(
        _ batch: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer,
        by compression: BatchCompression
    ) -> Int? {
        let headerByteCount = WireLimits.batchHeaderByteCount
        precondition(
            batch.count > headerByteCount && target.count > headerByteCount,
            "a batch has a header and records, and room to go to")
        let records = UnsafeRawBufferPointer(rebasing: batch[headerByteCount...])
        let room = UnsafeMutableRawBufferPointer(rebasing: target[headerByteCount...])
        guard let written = compress(records: records, into: room, by: compression),
            written < records.count
        else { return nil }
        var header = Self.header(of: batch)
        header.attributes = header.attributes.with(codec: compression.codec)
        header.byteCount = headerByteCount + written
        header.seal(into: target)
        return header.byteCount
    }

    /// Compresses a batch where it stands, when that makes it smaller.
    ///
    /// - Parameters:
    ///   - batch: A finished batch that is not compressed, and nothing else.
    ///   - compression: The codec and its level.
    ///   - pool: Lends memory for the duration of the call. Without any to lend, the batch stays
    ///     as it is.
    /// - Returns: Bytes of the batch now.
    package func compressInPlace(
        _ batch: UnsafeMutableRawBufferPointer, by compression: BatchCompression,
        pool: BufferPool
    ) -> Int {
        let scratch: PooledBuffer
        do throws(PoolError) {
            scratch = try pool.allocate(
                minimumByteCount: Self.byteCountBound(batch.count, by: compression.codec))
        } catch {
            return batch.count
        }
        let target = UnsafeMutableRawBufferPointer(
            start: scratch.baseAddress, count: scratch.capacity)
        let byteCount = compress(UnsafeRawBufferPointer(batch), into: target, by: compression)
        if let byteCount {
            batch.copyMemory(from: UnsafeRawBufferPointer(rebasing: target[..<byteCount]))
        }
        scratch.release()
        return byteCount ?? batch.count
    }

    private static func header(of batch: UnsafeRawBufferPointer) -> RecordBatchHeader {
        do throws(WireError) {
            let header = try RecordBatchHeader.decode(in: batch, range: 0..<batch.count)
            precondition(
                header.byteCount == batch.count && header.attributes.codec == CompressionCodec.none,
                "a finished batch is compressed once")
            return header
        } catch {
            preconditionFailure("a finished batch has a header: \(error)")
        }
    }

    private func compress(
        records: UnsafeRawBufferPointer, into room: UnsafeMutableRawBufferPointer,
        by compression: BatchCompression
    ) -> Int? {
        switch compression.codec {
        case .none: return nil
        case .gzip:
            gzip = gzip ?? GzipCompressor(level: compression.level)
            return gzip?.compress(records, into: room, level: compression.level)
        case .snappy: return SnappyCodec.compress(records, into: room)
        case .lz4:
            lz4 = lz4 ?? LZ4Compressor()
            return lz4?.compress(records, into: room, level: compression.level)
        case .zstd:
            zstd = zstd ?? ZstdCompressor()
            return zstd?.compress(records, into: room, level: compression.level)
        }
    }
}
