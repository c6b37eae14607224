// Decompressing LZ4 frames into memory that is there already.

import CLZ4

/// Reads batches of one LZ4 frame.
final class LZ4Decompressor {
    /// The library's state, made in init and freed in deinit. It keeps up to two blocks of the
    /// largest size it has met: 8 MiB by the format.
    private let context: OpaquePointer

    /// - Returns: nil when there is no memory for the state.
    init?() {
        var context: OpaquePointer?
        let status = LZ4F_createDecompressionContext(&context, UInt32(LZ4F_VERSION))
        guard LZ4F_isError(status) == 0, let context else { return nil }
        self.context = context
    }

    deinit { LZ4F_freeDecompressionContext(context) }

    /// Decompresses the frame that `source` is.
    ///
    /// - Returns: Bytes written.
    /// - Throws: `.corruptCompression`, also for bytes behind the frame and for content that
    ///   `target` has no room for.
    func decompress(
        _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
    ) throws(WireError) -> Int {
        guard let from = source.baseAddress, let to = target.baseAddress else {
            throw .corruptCompression(.lz4)
        }
        LZ4F_resetDecompressionContext(context)
        var options = LZ4F_decompressOptions_t()
        // What was written stays where it is, so later blocks may refer to it there.
        options.stableDst = 1
        var read = 0
        var written = 0
        // BOUND: a round that neither reads nor writes ends it.
        while true {
            var readNow = source.count - read
            var writtenNow = target.count - written
            let status = LZ4F_decompress(
                context, to + written, &writtenNow, from + read, &readNow, &options)
            guard LZ4F_isError(status) == 0 else { throw .corruptCompression(.lz4) }
            read += readNow
            written += writtenNow
            if status == 0 { break }
            guard readNow > 0 || writtenNow > 0 else { throw .corruptCompression(.lz4) }
        }
        guard read == source.count else { throw .corruptCompression(.lz4) }
        return written
    }
}
