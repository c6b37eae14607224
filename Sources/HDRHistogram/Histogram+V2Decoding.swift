// Reading a histogram from the V2 encodings, without trusting a byte of them.

extension Histogram {
    /// Reads a histogram in V2 or V2 compressed encoding, told apart by the cookie.
    ///
    /// The whole of `bytes` must be one encoding. Memory is allocated only after the lengths it
    /// depends on have been checked; a valid header can ask for at most 49 MB of counters.
    ///
    /// - Throws: `.truncated`, `.trailingBytes`, `.unknownCookie`, `.invalidPayloadLength`,
    ///   `.malformedCounts`, `.countOverflow`, `.corruptCompression`, or as `init` for an impossible
    ///   configuration.
    public init(decoding bytes: [UInt8]) throws(HistogramError) {
        switch try V2Header.Cookie(reading: bytes) {
        case .plain:
            let header = try V2Header(reading: bytes)
            try Self.requireLength(of: bytes, V2Header.byteCount + header.payloadByteCount)
            try self.init(layout: header.layout, payload: bytes[V2Header.byteCount...])
        case .compressed:
            let prefixByteCount = V2Header.compressedPrefixByteCount
            guard bytes.count >= prefixByteCount else {
                throw .truncated(
                    neededByteCount: prefixByteCount, availableByteCount: bytes.count)
            }
            let contentByteCount = Int(BigEndian.load(bytes, at: 4, byteCount: 4))
            try Self.requireLength(of: bytes, prefixByteCount + contentByteCount)
            let inflater = ZlibInflater(bytes[prefixByteCount...])
            let header = try V2Header(reading: inflater.inflate(byteCount: V2Header.byteCount))
            let payload = try inflater.inflate(byteCount: header.payloadByteCount)
            try inflater.finish()
            try self.init(layout: header.layout, payload: payload[...])
        }
    }

    /// Reads a histogram from the base64 text of an encoding.
    ///
    /// - Parameter base64: Standard alphabet, padded, without line breaks.
    /// - Throws: `.invalidBase64`, or as ``init(decoding:)``.
    public init(base64: String) throws(HistogramError) {
        try self.init(decoding: PaddedBase64.decode(Array(base64.utf8)[...]))
    }

    private static func requireLength(
        of bytes: [UInt8], _ neededByteCount: Int
    ) throws(HistogramError) {
        guard bytes.count >= neededByteCount else {
            throw .truncated(neededByteCount: neededByteCount, availableByteCount: bytes.count)
        }
        guard bytes.count == neededByteCount else {
            throw .trailingBytes(bytes.count - neededByteCount)
        }
    }

    private init(layout: BucketLayout, payload: ArraySlice<UInt8>) throws(HistogramError) {
        // A first pass checks everything, so that the counters are only allocated for valid counts.
        let summary = try CountSummary(of: payload, countsLength: layout.countsLength)
        self.init(layout: layout)
        recordedCount = summary.totalCount
        guard let used = summary.usedIndexes else { return }
        smallestValue = layout.lowestValue(at: used.lowerBound)
        largestValue = layout.lowestValue(at: used.upperBound)
        var cursor = CountCursor(payload)
        while let run = try cursor.next() {
            if case .count(let count) = run.kind { counts[run.index] = count }
        }
    }
}

/// What a payload amounts to, found out without storing its counts.
private struct CountSummary {
    private(set) var totalCount: Int64 = 0
    private(set) var usedIndexes: ClosedRange<Int>?

    init(of payload: ArraySlice<UInt8>, countsLength: Int) throws(HistogramError) {
        var cursor = CountCursor(payload)
        while let run = try cursor.next() {
            guard cursor.index <= countsLength else {
                throw .malformedCounts(payloadOffset: run.payloadOffset)
            }
            guard case .count(let count) = run.kind, count > 0 else { continue }
            let (total, didOverflow) = totalCount.addingReportingOverflow(count)
            guard !didOverflow else { throw .countOverflow }
            totalCount = total
            usedIndexes = (usedIndexes?.lowerBound ?? run.index)...run.index
        }
    }
}

/// Walks the numbers of a payload, keeping the counter index they stand for.
private struct CountCursor {
    struct Run {
        enum Kind {
            case count(Int64)
            case zeros
        }

        let kind: Kind
        /// The first counter of the run.
        let index: Int
        /// Where the run starts in the payload.
        let payloadOffset: Int
    }

    private let payload: ArraySlice<UInt8>
    private var position: Int
    /// The counter that the next run starts at.
    private(set) var index = 0

    init(_ payload: ArraySlice<UInt8>) {
        self.payload = payload
        position = payload.startIndex
    }

    mutating func next() throws(HistogramError) -> Run? {
        guard position < payload.endIndex else { return nil }
        let offset = position - payload.startIndex
        guard let number = ZigZagLEB128.decode(payload, at: &position), number >= -Int64(Int32.max)
        else { throw .malformedCounts(payloadOffset: offset) }
        let first = index
        // BOUND: the caller refuses an index past its counters after each run, so it cannot overflow.
        index += number < 0 ? Int(-number) : 1
        return Run(
            kind: number < 0 ? .zeros : .count(number), index: first, payloadOffset: offset)
    }
}
