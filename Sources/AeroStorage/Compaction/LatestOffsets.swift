// Which record of each key is the newest: what compaction decides by.

import AeroWire

/// The newest offset of each key, by a hash of 128 bits.
///
/// Two keys of one hash would cost a record; with a hash that an outsider cannot compute (SipHash,
/// keyed anew in every process) that takes some 2^64 keys to happen.
internal struct LatestOffsets: ~Copyable {
    private struct KeyHash: Hashable {
        let low: Int
        let high: Int

        init(_ key: UnsafeRawBufferPointer) {
            var first = Hasher()
            first.combine(bytes: key)
            low = first.finalize()
            var second = Hasher()
            second.combine(UInt8(1))
            second.combine(bytes: key)
            high = second.finalize()
        }
    }

    /// Bytes that a key takes, about: hash, offset, and the slack of the table.
    static let keyByteCount = 48

    // BOUND: `keyCountMax`.
    private var offsets: [KeyHash: Int64] = [:]
    private let keyCountMax: Int

    /// - Parameter keyCountMax: More keys than this are not taken; at least 1.
    init(keyCountMax: Int) {
        precondition(keyCountMax > 0, "there is room for a key")
        self.keyCountMax = keyCountMax
    }

    var count: Int { offsets.count }

    /// Enters a record; offsets only rise.
    ///
    /// - Returns: false when there is no room for its key.
    mutating func enter(_ key: UnsafeRawBufferPointer, at offset: Int64) -> Bool {
        let hash = KeyHash(key)
        if offsets.count >= keyCountMax, offsets[hash] == nil { return false }
        offsets[hash] = offset
        return true
    }

    /// Whether a later record has the key.
    func isSuperseded(_ key: UnsafeRawBufferPointer, at offset: Int64) -> Bool {
        guard let latest = offsets[KeyHash(key)] else { return false }
        return latest > offset
    }
}
