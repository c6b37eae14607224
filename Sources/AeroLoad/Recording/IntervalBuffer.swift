// The memory of one interval.

public import HDRHistogram

/// Where an interval's samples and counts lie; a handle, owned by its `IntervalExchange`.
@usableFromInline package struct IntervalBuffer {
    /// What the interval is.
    struct Header {
        var index = 0
        var phase = RunPhase.warmup
        var startNanoseconds: Int64 = 0
        var endNanoseconds: Int64 = 0
        /// Order of filling within the worker.
        var ordinal = 0
    }

    // SAFETY: all three are allocated by `allocate` and freed by `deallocate`, which the exchange
    // calls in its deinit; recorder and collector hold the exchange as long as they use a buffer.
    let header: UnsafeMutablePointer<Header>
    /// One for each class.
    @usableFromInline let counts: UnsafeMutablePointer<IntervalCounts>
    /// As many for each class as the exchange has series.
    @usableFromInline let histograms: UnsafeMutablePointer<Histogram>

    /// Largest latency recorded: one hour; longer ones are counted as out of range.
    static let highestNanoseconds: Int64 = 3_600_000_000_000

    /// An empty histogram as every series uses it: 3 significant digits, 1 ns to 1 h.
    static func makeHistogram() throws(HistogramError) -> Histogram {
        try Histogram(
            lowestDiscernibleValue: 1, highestTrackableValue: highestNanoseconds,
            significantDigits: 3)
    }

    static func allocate(
        classCount: Int, seriesCount: Int
    ) throws(HistogramError) -> IntervalBuffer {
        let header = UnsafeMutablePointer<Header>.allocate(capacity: 1)
        header.initialize(to: Header())
        let counts = UnsafeMutablePointer<IntervalCounts>.allocate(capacity: classCount)
        counts.initialize(repeating: IntervalCounts(), count: classCount)
        let histogramCount = classCount * seriesCount
        let histograms = UnsafeMutablePointer<Histogram>.allocate(capacity: histogramCount)
        for series in 0..<histogramCount {
            // Each has counters of its own from the start: recording must never copy them.
            (histograms + series).initialize(to: try makeHistogram())
        }
        return IntervalBuffer(header: header, counts: counts, histograms: histograms)
    }

    func deallocate(classCount: Int, seriesCount: Int) {
        header.deallocate()
        counts.deallocate()
        histograms.deinitialize(count: classCount * seriesCount)
        histograms.deallocate()
    }

    func reset(classCount: Int, seriesCount: Int) {
        counts.update(repeating: IntervalCounts(), count: classCount)
        for series in 0..<classCount * seriesCount { histograms[series].reset() }
    }
}
