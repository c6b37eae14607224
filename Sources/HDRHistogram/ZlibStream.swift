// Deflating and inflating with the system's zlib.

import CZlib

/// How hard to compress; the values are zlib's.
enum ZlibLevel: Int32 {
    /// What the reference uses for an encoding.
    case standard = -1
    /// What the reference uses in interval logs.
    case best = 9
}

/// Compression in one call.
enum ZlibDeflater {
    /// The zlib stream of `bytes`.
    static func deflate(_ bytes: [UInt8], level: ZlibLevel) -> [UInt8] {
        let capacity = compressBound(uLong(bytes.count))
        // SAFETY: compress2 initializes exactly as many bytes as it reports in `written`.
        return [UInt8](unsafeUninitializedCapacity: Int(capacity)) { target, byteCount in
            var written = capacity
            let status = compress2(
                target.baseAddress, &written, bytes, uLong(bytes.count), level.rawValue)
            // With room for the bound, only a lack of memory is left as a cause.
            precondition(status == Z_OK, "zlib has memory to compress a histogram")
            byteCount = Int(written)
        }
    }
}

/// One zlib stream, inflated in pieces of sizes that the caller has checked.
///
/// Owns a copy of the compressed bytes, and zlib's state until it is destroyed.
struct ZlibInflater: ~Copyable {
    /// No deflate stream expands further. Source: zlib's technical details, "maximum compression
    /// factor".
    private static let maximumExpansion = 1032

    // SAFETY: zlib's state points back at the stream, so the stream must not move: both pointers
    // are allocated here, owned by this value alone, and freed in deinit.
    private let stream: UnsafeMutablePointer<z_stream>
    private let input: UnsafeMutableBufferPointer<UInt8>

    init(_ compressed: ArraySlice<UInt8>) {
        input = .allocate(capacity: compressed.count)
        _ = input.initialize(from: compressed)
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        stream.pointee.next_in = input.baseAddress
        stream.pointee.avail_in = UInt32(compressed.count)
        let status = inflateInit_(stream, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        precondition(status == Z_OK, "zlib has memory to inflate a histogram")
    }

    deinit {
        inflateEnd(stream)
        stream.deinitialize(count: 1)
        stream.deallocate()
        input.deallocate()
    }

    /// The next `byteCount` bytes.
    ///
    /// - Throws: `.corruptCompression` when there are fewer or they are damaged.
    borrowing func inflate(byteCount: Int) throws(HistogramError) -> [UInt8] {
        // Checked before allocating: a few bytes cannot claim to hold millions.
        guard byteCount <= input.count * Self.maximumExpansion else { throw .corruptCompression }
        // SAFETY: inflate initializes exactly as many bytes as it says.
        let bytes = [UInt8](unsafeUninitializedCapacity: byteCount) { target, inflatedByteCount in
            inflatedByteCount = inflate(into: target).inflatedByteCount
        }
        guard bytes.count == byteCount else { throw .corruptCompression }
        return bytes
    }

    /// Makes sure that the stream ends here, with a valid checksum and nothing after it.
    ///
    /// - Throws: `.corruptCompression` when it does not.
    borrowing func finish() throws(HistogramError) {
        // SAFETY: one spare byte, freed below; zlib needs room to notice contents that go on.
        let spare = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 1)
        defer { spare.deallocate() }
        let (inflatedByteCount, isAtEnd) = inflate(into: spare)
        guard inflatedByteCount == 0, isAtEnd, stream.pointee.avail_in == 0 else {
            throw .corruptCompression
        }
    }

    /// Fills `target` as far as the stream goes; stops early at its end or at damage.
    private borrowing func inflate(
        into target: UnsafeMutableBufferPointer<UInt8>
    ) -> (inflatedByteCount: Int, isAtEnd: Bool) {
        // SAFETY: the caller keeps `target` alive for this call, and zlib forgets it by the next.
        stream.pointee.next_out = target.baseAddress
        stream.pointee.avail_out = UInt32(target.count)
        let status = CZlib.inflate(stream, Z_SYNC_FLUSH)
        return (target.count - Int(stream.pointee.avail_out), status == Z_STREAM_END)
    }
}
