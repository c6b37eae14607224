// Decompressing gzip into memory that is there already.

import CZlib

/// Reads batches of one gzip member, as every client writes them.
///
/// Source: RFC 1952.
final class GzipDecompressor {
    // SAFETY: as in ``GzipCompressor``: allocated here, owned by this object, freed in deinit.
    private let stream: UnsafeMutablePointer<z_stream>

    /// No deflate stream expands further. Source: zlib's technical details, "maximum compression
    /// factor".
    private static let expansionMax = 1_032
    /// Ten bytes of header, two of an empty deflate stream, eight of CRC and size.
    private static let memberByteCountMin = 20

    /// - Returns: nil when there is no memory for zlib's state.
    init?() {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let status = inflateInit2_(
            stream, GzipCompressor.windowBits + GzipCompressor.gzipWrapping, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else {
            stream.deinitialize(count: 1)
            stream.deallocate()
            return nil
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deinitialize(count: 1)
        stream.deallocate()
    }

    /// The size that the member's trailer states, when its bytes can hold so much.
    ///
    /// - Throws: `.corruptCompression`.
    static func byteCount(of source: UnsafeRawBufferPointer) throws(WireError) -> Int {
        guard source.count >= memberByteCountMin else { throw .corruptCompression(.gzip) }
        let stated = source.loadUnaligned(fromByteOffset: source.count - 4, as: UInt32.self)
        let byteCount = Int(UInt32(littleEndian: stated))
        guard byteCount <= source.count * expansionMax else { throw .corruptCompression(.gzip) }
        return byteCount
    }

    /// Decompresses the member that `source` is.
    ///
    /// - Returns: Bytes written.
    /// - Throws: `.corruptCompression`, also for bytes behind the member and for content that
    ///   `target` has no room for.
    func decompress(
        _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
    ) throws(WireError) -> Int {
        guard let sourceCount = UInt32(exactly: source.count), inflateReset(stream) == Z_OK else {
            throw .corruptCompression(.gzip)
        }
        // SAFETY: both buffers outlive the call, and zlib only reads the source. The next call
        // sets both pointers anew.
        stream.pointee.next_in = UnsafeMutablePointer(
            mutating: source.bindMemory(to: UInt8.self).baseAddress)
        stream.pointee.avail_in = sourceCount
        stream.pointee.next_out = target.bindMemory(to: UInt8.self).baseAddress
        let capacity = UInt32(clamping: target.count)
        stream.pointee.avail_out = capacity
        guard inflate(stream, Z_FINISH) == Z_STREAM_END, stream.pointee.avail_in == 0 else {
            throw .corruptCompression(.gzip)
        }
        return Int(capacity - stream.pointee.avail_out)
    }
}
