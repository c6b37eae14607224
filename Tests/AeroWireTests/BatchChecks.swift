// What must hold of a batch's records whatever their bytes are.

import AeroWire
import Testing

enum BatchChecks {
    /// Reads everything there is to read, and checks that ranges ascend, do not overlap and stay
    /// inside the batch. Errors are expected outcomes.
    static func walk(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) {
        var batches = RecordBatchCursor(range)
        do throws(WireError) {
            while let batch = try batches.next(in: bytes) {
                check(batch.range.lowerBound >= range.lowerBound, batch.range)
                check(batch.range.upperBound <= range.upperBound, batch.range)
                try walk(batch, in: bytes)
            }
        } catch {
            return
        }
    }

    private static func walk(
        _ batch: RecordBatchView, in bytes: UnsafeRawBufferPointer
    ) throws(WireError) {
        var cursor = try RecordCursor(batch.header, at: batch.range.lowerBound)
        var position = batch.range.lowerBound + 61
        var offsetDelta = -1
        while let record = try cursor.next(in: bytes) {
            check(record.offsetDelta > offsetDelta, batch.range)
            offsetDelta = record.offsetDelta
            for field in [record.key, record.value, record.headers].compactMap(\.self) {
                check(field.lowerBound >= position, field)
                check(field.upperBound <= batch.range.upperBound, field)
                position = field.upperBound
            }
            var headers = RecordHeaderCursor(record)
            var headerPosition = record.headers.lowerBound
            while let header = try headers.next(in: bytes) {
                for field in [header.key, header.value].compactMap(\.self) {
                    check(field.lowerBound >= headerPosition, field)
                    check(field.upperBound <= record.headers.upperBound, field)
                    headerPosition = field.upperBound
                }
            }
        }
        check(position <= batch.range.upperBound, batch.range)
    }

    /// Records only failures: the fuzzer checks millions of these.
    private static func check(_ holds: Bool, _ range: Range<Int>) {
        if !holds { Issue.record("a range is out of place: \(range), seed in the test") }
    }
}
