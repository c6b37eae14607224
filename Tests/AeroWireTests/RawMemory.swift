// Memory for tests: exact-size copies, so that a sanitizer sees the first byte read too far.

/// Calls `body` with a copy of `bytes` in a heap block of exactly their size.
@discardableResult
func withExactCopy<Result>(
    _ bytes: [UInt8], _ body: (UnsafeMutableRawBufferPointer) throws -> Result
) rethrows -> Result {
    let block = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
    defer { block.deallocate() }
    block.copyBytes(from: bytes)
    return try body(block)
}

/// Calls `body` with a heap block of `byteCount` bytes, filled with a pattern that is not zero.
@discardableResult
func withBlock<Result>(
    _ byteCount: Int, _ body: (UnsafeMutableRawBufferPointer) throws -> Result
) rethrows -> Result {
    try withExactCopy([UInt8](repeating: 0xA5, count: byteCount), body)
}

extension [UInt8] {
    /// The bytes with one bit turned over.
    func flippingBit(_ bit: Int) -> [UInt8] {
        var copy = self
        copy[bit / 8] ^= 1 << UInt8(bit % 8)
        return copy
    }
}
