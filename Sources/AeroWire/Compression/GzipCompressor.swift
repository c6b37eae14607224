// Compressing by gzip, with zlib's state kept from batch to batch.

import CZlib

/// Writes gzip members.
///
/// Source: RFC 1952 and RFC 1951. The header carries no name and no time.
final class GzipCompressor {
    // SAFETY: zlib's state points back at the stream, so the stream must not move: it is allocated
    // here, owned by this object alone, and freed in deinit.
    private let stream: UnsafeMutablePointer<z_stream>
    private var level: Int32

    /// Window bits of deflate, and what asks zlib for gzip's wrapping around it.
    static let windowBits: Int32 = 15
    static let gzipWrapping: Int32 = 16
    /// zlib's default: 256 KiB of state in all.
    private static let memoryLevel: Int32 = 8
    /// What gzip's header and trailer have beyond those that `compressBound` counts.
    private static let wrappingByteCount = 12

    /// - Returns: nil when there is no memory for zlib's state.
    init?(level: Int32) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        self.level = level
        let status = deflateInit2_(
            stream, level, Z_DEFLATED, Self.windowBits + Self.gzipWrapping, Self.memoryLevel,
            Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else {
            stream.deinitialize(count: 1)
            stream.deallocate()
            return nil
        }
    }

    deinit {
        deflateEnd(stream)
        stream.deinitialize(count: 1)
        stream.deallocate()
    }

    /// Most bytes that a member of so many bytes takes.
    static func byteCountBound(_ byteCount: Int) -> Int {
        Int(compressBound(uLong(byteCount))) + wrappingByteCount
    }

    /// Compresses all of `source` into one member.
    ///
    /// - Returns: Bytes written, or nil when `target` has too little room.
    func compress(
        _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer,
        level: Int32
    ) -> Int? {
        guard let sourceCount = UInt32(exactly: source.count), deflateReset(stream) == Z_OK else {
            return nil
        }
        if level != self.level {
            // Takes effect for all that follows: nothing has been compressed since the reset.
            guard deflateParams(stream, level, Z_DEFAULT_STRATEGY) == Z_OK else { return nil }
            self.level = level
        }
        // SAFETY: both buffers outlive the call, and zlib only reads the source. The next call
        // sets both pointers anew.
        stream.pointee.next_in = UnsafeMutablePointer(
            mutating: source.bindMemory(to: UInt8.self).baseAddress)
        stream.pointee.avail_in = sourceCount
        stream.pointee.next_out = target.bindMemory(to: UInt8.self).baseAddress
        let capacity = UInt32(clamping: target.count)
        stream.pointee.avail_out = capacity
        guard deflate(stream, Z_FINISH) == Z_STREAM_END else { return nil }
        return Int(capacity - stream.pointee.avail_out)
    }
}
