// Compressing into Zstandard frames, with the library's state kept from batch to batch.

import CZstd

/// Writes one Zstandard frame with its content size and without a checksum: the batch has one.
///
/// Source: RFC 8878.
final class ZstdCompressor {
    /// The library's state, made in init and freed in deinit.
    private let context: OpaquePointer
    private var level: Int32?

    /// - Returns: nil when there is no memory for the state.
    init?() {
        guard let context = ZSTD_createCCtx() else { return nil }
        self.context = context
    }

    deinit { ZSTD_freeCCtx(context) }

    /// Most bytes that a frame of so many bytes takes.
    static func byteCountBound(_ byteCount: Int) -> Int { ZSTD_compressBound(byteCount) }

    /// Compresses all of `source` into one frame.
    ///
    /// - Returns: Bytes written, or nil when `target` has too little room.
    func compress(
        _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer,
        level: Int32
    ) -> Int? {
        if level != self.level {
            let status = ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level)
            guard ZSTD_isError(status) == 0 else { return nil }
            self.level = level
        }
        let written = ZSTD_compress2(
            context, target.baseAddress, target.count, source.baseAddress, source.count)
        return ZSTD_isError(written) == 0 ? written : nil
    }
}
