// Reading the stamp of a received message.

extension Stamp {
    /// Reads and verifies the stamp of `message`, whole body included.
    ///
    /// - Parameters:
    ///   - message: The message value as it arrived; untrusted, any length, any alignment.
    ///   - nearNanoseconds: The receive time; a compact stamp needs it to complete its time.
    /// - Allocations: none.
    @inlinable package static func decode(
        _ message: UnsafeRawBufferPointer, nearNanoseconds: Int64
    ) -> StampDecode {
        if message.count >= 32 { return decodeFull(message) }
        if message.count >= 16 {
            return decodeCompact(message, nearNanoseconds: nearNanoseconds)
        }
        return .foreign
    }

    /// Writes the stamp in `form` at `target`; see the two forms.
    @inlinable package func encode(
        _ form: StampForm, into target: UnsafeMutableRawPointer, bodyChecksum: UInt32
    ) {
        switch form {
        case .full: encodeFull(into: target, bodyChecksum: bodyChecksum)
        case .compact: encodeCompact(into: target, bodyChecksum: bodyChecksum)
        }
    }
}
