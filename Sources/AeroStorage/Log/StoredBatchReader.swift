// Reads the batches of a segment's file one after the other, and believes none of them.

import AeroIO
import AeroWire

/// A batch that stands in a file.
internal enum FoundBatch {
    /// Whole and right.
    case batch(RecordBatchHeader)
    /// The position is the end of the file.
    case end
    /// What stands there is no batch, or not the one that was written.
    case bad(String)
}

/// Reads batches through a window of a file.
///
/// A stored batch must follow on the one before it, be of leader epoch 0, and have its checksum.
/// Unlike one on its way in it may hold fewer records than offsets: compaction takes records out.
internal struct StoredBatchReader: ~Copyable {
    private static let windowByteCountMin = 256 << 10

    private let file: any DiskFile
    private let fileByteCount: Int
    private var window: UnsafeMutableRawBufferPointer
    private var windowStart = 0
    private var windowCount = 0

    /// - Parameters:
    ///   - file: The segment.
    ///   - byteCount: How much of it counts.
    init(_ file: any DiskFile, byteCount: Int) {
        self.file = file
        fileByteCount = byteCount
        window = .allocate(byteCount: Self.windowByteCountMin, alignment: 64)
    }

    deinit { window.deallocate() }

    /// Reads and checks the batch at a position.
    ///
    /// - Parameters:
    ///   - position: Where it must start.
    ///   - expectedOffset: Its base offset must be this.
    /// - Throws: `Errno` of the file.
    mutating func next(
        at position: Int, expecting expectedOffset: Int64
    ) throws(Errno) -> FoundBatch {
        switch try frame(at: position) {
        case .end: return .end
        case .bad(let what): return .bad(what)
        case .batch(let header):
            let start = position - windowStart
            let bytes = UnsafeRawBufferPointer(rebasing: window[start..<start + header.byteCount])
            if let what = header.storedFault(in: bytes) { return .bad(what) }
            guard header.baseOffset == expectedOffset else {
                return .bad(
                    "the batch has base offset \(header.baseOffset) instead of \(expectedOffset)")
            }
            return .batch(header)
        }
    }

    /// The bytes of the batch that `next` found last; valid until the next call.
    func bytes(of header: RecordBatchHeader, at position: Int) -> UnsafeRawBufferPointer {
        let start = position - windowStart
        return UnsafeRawBufferPointer(rebasing: window[start..<start + header.byteCount])
    }

    /// Reads the header of the batch at a position, trusting that one is there.
    mutating func header(at position: Int) throws(Errno) -> RecordBatchHeader? {
        guard position < fileByteCount else { return nil }
        try fill(at: position, byteCount: WireLimits.batchHeaderByteCount)
        let start = position - windowStart
        let bytes = UnsafeRawBufferPointer(window)
        return RecordBatchHeader.peek(in: bytes, at: start)
    }

    /// Where the first whole, right batch at or above an offset starts, from `position` on.
    ///
    /// Looks at every byte, so that a batch behind any number of bad ones is found. Bytes made to
    /// look like the beginnings of many long batches are taken for batches, for fear of the time.
    mutating func findBatch(from position: Int, atOrAbove offset: Int64) throws(Errno) -> Int? {
        var position = position
        var checkedByteCount = 0
        while position + WireLimits.batchHeaderByteCount <= fileByteCount {
            try fill(at: position, byteCount: WireLimits.batchHeaderByteCount)
            let start = position - windowStart
            let bytes = UnsafeRawBufferPointer(window)
            // Most places fail on the magic byte alone.
            if bytes[start + RecordBatchHeader.Position.magic] == RecordBatchHeader.magic,
                let header = RecordBatchHeader.peek(in: bytes, at: start),
                header.baseOffset >= offset, header.byteCount <= fileByteCount - position
            {
                checkedByteCount += header.byteCount
                if checkedByteCount > 4 * fileByteCount { return position }
                try fill(at: position, byteCount: header.byteCount)
                let first = position - windowStart
                let batch = window[first..<first + header.byteCount]
                if header.storedFault(in: UnsafeRawBufferPointer(rebasing: batch)) == nil {
                    return position
                }
            }
            position += 1
        }
        return nil
    }

    /// Cuts a frame by its length, without looking into it.
    private mutating func frame(at position: Int) throws(Errno) -> FoundBatch {
        let left = fileByteCount - position
        if left == 0 { return .end }
        guard left >= WireLimits.batchHeaderByteCount else {
            return .bad("\(left) B are left, which is less than a header")
        }
        try fill(at: position, byteCount: WireLimits.batchHeaderByteCount)
        let bytes = UnsafeRawBufferPointer(window)
        let start = position - windowStart
        guard let header = RecordBatchHeader.peek(in: bytes, at: start) else {
            return .bad("no record batch starts there")
        }
        guard header.byteCount <= left else {
            return .bad("the batch is of \(header.byteCount) B and \(left) B are left")
        }
        try fill(at: position, byteCount: header.byteCount)
        return .batch(header)
    }

    /// Makes sure that a range of the file is in the window.
    private mutating func fill(at position: Int, byteCount: Int) throws(Errno) {
        if position >= windowStart, position + byteCount <= windowStart + windowCount { return }
        if byteCount > window.count {
            window.deallocate()
            window = .allocate(byteCount: byteCount, alignment: 64)
        }
        windowStart = position
        windowCount = 0
        let wanted = min(window.count, fileByteCount - position)
        windowCount = try file.read(
            into: UnsafeMutableRawBufferPointer(rebasing: window[..<wanted]), at: position)
        // The file is shorter than it was when it was opened: somebody else has cut it.
        if windowCount < byteCount { throw .ioError }
    }
}

extension RecordBatchHeader {
    /// What is wrong with a stored batch; nil when it is as it was written.
    ///
    /// - Parameter bytes: Exactly the batch.
    func storedFault(in bytes: UnsafeRawBufferPointer) -> String? {
        guard partitionLeaderEpoch == 0 else {
            return "the batch has leader epoch \(partitionLeaderEpoch)"
        }
        do throws(WireError) {
            try validateChecksum(in: bytes, at: 0)
        } catch {
            return "\(error)"
        }
        guard recordCount >= 0, lastOffsetDelta >= 0, lastOffsetDelta >= recordCount - 1,
            baseOffset >= 0, baseOffset <= Int64.max - Int64(Int32.max) - 1
        else { return "the batch counts \(recordCount) records and ends at \(lastOffset)" }
        return nil
    }
}
