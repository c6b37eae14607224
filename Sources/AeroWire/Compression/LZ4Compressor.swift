// Compressing into LZ4 frames, with the library's state kept from batch to batch.

import CLZ4

/// Writes one LZ4 frame of independent blocks of 64 KiB, with its content size and no checksum of
/// the content: the batch has one.
///
/// Source: the LZ4 frame format 1.6.1. Kafka's own reader takes independent blocks only.
final class LZ4Compressor {
    /// The library's state, made in init and freed in deinit.
    private let context: OpaquePointer

    /// - Returns: nil when there is no memory for the state.
    init?() {
        var context: OpaquePointer?
        let status = LZ4F_createCompressionContext(&context, UInt32(LZ4F_VERSION))
        guard LZ4F_isError(status) == 0, let context else { return nil }
        self.context = context
    }

    deinit { LZ4F_freeCompressionContext(context) }

    /// Most bytes that a frame of so many bytes takes.
    static func byteCountBound(_ byteCount: Int) -> Int {
        var preferences = preferences(byteCount: byteCount, level: 0)
        return LZ4F_compressFrameBound(byteCount, &preferences)
    }

    /// Compresses all of `source` into one frame.
    ///
    /// - Returns: Bytes written, or nil when `target` is smaller than `byteCountBound`.
    func compress(
        _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer,
        level: Int32
    ) -> Int? {
        guard let base = target.baseAddress else { return nil }
        var preferences = Self.preferences(byteCount: source.count, level: level)
        var position = LZ4F_compressBegin(context, base, target.count, &preferences)
        guard LZ4F_isError(position) == 0 else { return nil }
        let blocks = LZ4F_compressUpdate(
            context, base + position, target.count - position, source.baseAddress, source.count,
            nil)
        guard LZ4F_isError(blocks) == 0 else { return nil }
        position += blocks
        let end = LZ4F_compressEnd(context, base + position, target.count - position, nil)
        guard LZ4F_isError(end) == 0 else { return nil }
        return position + end
    }

    private static func preferences(byteCount: Int, level: Int32) -> LZ4F_preferences_t {
        var preferences = LZ4F_preferences_t()
        preferences.frameInfo.blockSizeID = LZ4F_max64KB
        preferences.frameInfo.blockMode = LZ4F_blockIndependent
        preferences.frameInfo.contentSize = UInt64(byteCount)
        preferences.compressionLevel = level
        // All of the source comes in one call: nothing has to be gathered in the library's memory.
        preferences.autoFlush = 1
        return preferences
    }
}
