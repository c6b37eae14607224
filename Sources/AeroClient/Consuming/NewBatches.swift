// What of a delivery is news to the application.

import AeroWire

/// The part of a delivery that the application does not have yet.
struct NewBatches {
    /// The bytes of the batches that hold something new.
    let range: Range<Int>
    let firstOffset: Int64
    let lastOffset: Int64
    /// Whether one of them is compressed.
    let hasCompressed: Bool

    /// Finds the batches that end at or behind `next`; nil when there is none.
    init?(in bytes: UnsafeRawBufferPointer, from next: Int64) throws(WireError) {
        var cursor = RecordBatchCursor(0..<bytes.count)
        var start: Int?
        var first = next
        var last = next
        var hasCompressed = false
        while let batch = try cursor.next(in: bytes) {
            guard batch.header.lastOffset >= next else { continue }
            if start == nil {
                start = batch.range.lowerBound
                first = max(next, batch.header.baseOffset)
            }
            last = batch.header.lastOffset
            if batch.header.attributes.rawCodec != 0 { hasCompressed = true }
        }
        guard let start, first <= last else { return nil }
        range = start..<bytes.count
        firstOffset = first
        lastOffset = last
        self.hasCompressed = hasCompressed
    }
}
