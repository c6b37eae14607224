// Where in a segment an offset or a time is, to within a few kilobytes.

import AeroWire

/// One batch of a segment that can be found at once.
package struct IndexEntry: Sendable, Equatable {
    /// The base offset of the batch.
    package let offset: Int64
    /// Where it starts, in bytes.
    package let position: Int
    /// The latest timestamp of all batches in front of it, in milliseconds since 1970.
    package let timestampBefore: Int64
}

/// Every so many bytes of a segment one entry, in order.
///
/// An index is never needed: it can be made again from its segment, and a stored one is believed
/// only when its checksum and the segment's length agree with it.
package struct SparseIndex: Sendable, Equatable {
    /// The entries; offsets and positions rise strictly, timestamps do not fall.
    package private(set) var entries: [IndexEntry] = []

    /// An empty index.
    package init() {}

    /// Adds an entry behind the last.
    package mutating func append(_ entry: IndexEntry) { entries.append(entry) }

    /// The last entry at or below an offset.
    package func entry(atOrBelow offset: Int64) -> IndexEntry? {
        last { $0.offset <= offset }
    }

    /// The last entry whose position is at most this.
    package func entry(atOrBefore position: Int) -> IndexEntry? {
        last { $0.position <= position }
    }

    /// The last entry with nothing in front of it as late as `timestamp`.
    package func entry(before timestamp: Int64) -> IndexEntry? {
        last { $0.timestampBefore < timestamp }
    }

    /// The last entry that is like all before it. Binary search.
    private func last(where isBefore: (IndexEntry) -> Bool) -> IndexEntry? {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if isBefore(entries[middle]) { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? nil : entries[low - 1]
    }
}

/// What a stored index says of its segment.
package struct StoredIndex: Sendable, Equatable {
    /// The index.
    package var index: SparseIndex
    /// The segment's length in bytes.
    package var byteCount: Int
    /// The offset behind the segment's last record.
    package var nextOffset: Int64
    /// The latest timestamp in the segment.
    package var maxTimestamp: Int64

    private static let magic: UInt64 = 0x4145_524F_4958_0001  // "AEROIX", version 1
    private static let prefixByteCount = 8 + 8 + 8 + 8 + 4
    private static let entryByteCount = 24

    package init(index: SparseIndex, byteCount: Int, nextOffset: Int64, maxTimestamp: Int64) {
        self.index = index
        self.byteCount = byteCount
        self.nextOffset = nextOffset
        self.maxTimestamp = maxTimestamp
    }

    /// `magic u64 | byteCount u64 | nextOffset i64 | maxTimestamp i64 | count u32 |
    /// (offset i64 | position u64 | timestampBefore i64) ... | crc32c u32`, big-endian.
    package func encode() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(
            Self.prefixByteCount + index.entries.count * Self.entryByteCount + 4)
        bytes.append(integer: Self.magic)
        bytes.append(integer: UInt64(byteCount))
        bytes.append(integer: nextOffset)
        bytes.append(integer: maxTimestamp)
        bytes.append(integer: UInt32(index.entries.count))
        for entry in index.entries {
            bytes.append(integer: entry.offset)
            bytes.append(integer: UInt64(entry.position))
            bytes.append(integer: entry.timestampBefore)
        }
        // SAFETY: lent for the call only.
        bytes.append(integer: bytes.withUnsafeBytes { CRC32C.checksum($0) })
        return bytes
    }

    /// Reads a stored index; nil when it is not whole, not of this format, or not in order.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count >= Self.prefixByteCount + 4 else { return nil }
        let body = bytes.count - 4
        // SAFETY: lent for the call only.
        let checksum = bytes[..<body].withUnsafeBytes { CRC32C.checksum($0) }
        guard bytes.integer(at: body, UInt32.self) == checksum,
            bytes.integer(at: 0, UInt64.self) == Self.magic
        else { return nil }
        let count = Int(bytes.integer(at: 32, UInt32.self))
        guard body == Self.prefixByteCount + count * Self.entryByteCount,
            let byteCount = Int(exactly: bytes.integer(at: 8, UInt64.self))
        else { return nil }
        var index = SparseIndex()
        for number in 0..<count {
            let start = Self.prefixByteCount + number * Self.entryByteCount
            guard let position = Int(exactly: bytes.integer(at: start + 8, UInt64.self)),
                position < byteCount
            else { return nil }
            let entry = IndexEntry(
                offset: bytes.integer(at: start, Int64.self), position: position,
                timestampBefore: bytes.integer(at: start + 16, Int64.self))
            if let last = index.entries.last {
                guard last.offset < entry.offset, last.position < entry.position,
                    last.timestampBefore <= entry.timestampBefore
                else { return nil }
            }
            index.append(entry)
        }
        self.init(
            index: index, byteCount: byteCount,
            nextOffset: bytes.integer(at: 16, Int64.self),
            maxTimestamp: bytes.integer(at: 24, Int64.self))
    }
}

extension [UInt8] {
    fileprivate mutating func append<Integer: FixedWidthInteger>(integer value: Integer) {
        // SAFETY: lent for the call only.
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }

    fileprivate func integer<Integer: FixedWidthInteger>(
        at position: Int, _ type: Integer.Type
    ) -> Integer {
        // SAFETY: a bounds-checked load of bytes lent for the call only.
        withUnsafeBytes {
            Integer(bigEndian: $0.loadUnaligned(fromByteOffset: position, as: type))
        }
    }
}
