// A bounds-checked cursor over bytes that came from outside.

/// Reads big-endian fields from a range of borrowed bytes, front to back.
///
/// Holds no memory of its own: `bytes` must outlive the reader. Positions are indices into `bytes`,
/// so ranges it returns can be used on the buffer they came from. No read allocates but `readText`
/// and `readByteArray`, whose lengths are checked first.
package struct WireReader {
    /// The bytes read from, borrowed from the caller.
    package let bytes: UnsafeRawBufferPointer
    /// Where the next field starts.
    package var position: Int
    /// One past the last byte that may be read.
    package let end: Int

    /// Starts at the front of `range`.
    ///
    /// - Precondition: `range` lies within `bytes`.
    @inlinable
    package init(_ bytes: UnsafeRawBufferPointer, in range: Range<Int>) {
        precondition(
            range.lowerBound >= 0 && range.upperBound <= bytes.count, "range outside the bytes")
        self.bytes = bytes
        position = range.lowerBound
        end = range.upperBound
    }

    /// Starts at the front of all of `bytes`.
    @inlinable
    package init(_ bytes: UnsafeRawBufferPointer) {
        self.init(bytes, in: 0..<bytes.count)
    }

    /// How many bytes are left.
    @inlinable
    package var remainingByteCount: Int { end - position }
}
