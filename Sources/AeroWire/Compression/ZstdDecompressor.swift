// Decompressing Zstandard frames into memory that is there already.

import CZstd

/// Reads batches of Zstandard frames, one behind the other.
final class ZstdDecompressor {
    /// The library's state, made in init and freed in deinit. All output goes to one buffer, so
    /// no window is allocated, whatever a frame's header asks for.
    private let context: OpaquePointer

    /// - Returns: nil when there is no memory for the state.
    init?() {
        guard let context = ZSTD_createDCtx() else { return nil }
        self.context = context
    }

    deinit { ZSTD_freeDCtx(context) }

    /// Decompresses all of `source`.
    ///
    /// - Returns: Bytes written.
    /// - Throws: `.corruptCompression`, also for content that `target` has no room for.
    func decompress(
        _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
    ) throws(WireError) -> Int {
        let written = ZSTD_decompressDCtx(
            context, target.baseAddress, target.count, source.baseAddress, source.count)
        guard ZSTD_isError(written) == 0 else { throw .corruptCompression(.zstd) }
        return written
    }
}
