// The collecting end of a worker's recording.

package import HDRHistogram

/// The collecting thread's end: visits full intervals and gives their memory back.
@usableFromInline package struct IntervalCollector: ~Copyable {
    private let exchange: IntervalExchange

    init(_ exchange: IntervalExchange) { self.exchange = exchange }

    /// Visits every interval handed over so far, oldest first, and empties it for the worker.
    ///
    /// - Parameter visit: Gets one interval, borrowed for the call. If it throws, the interval
    ///   stays and is visited again next time.
    /// - Returns: Whether the worker has finished and everything has been visited.
    package mutating func drain<Failure: Error>(
        _ visit: (borrowing RecordedInterval) throws(Failure) -> Void
    ) throws(Failure) -> Bool {
        // Asked before looking: what was handed over before finishing is then certainly seen.
        let isFinished = exchange.isFinished
        while let index = exchange.nextFilled() {
            try visit(RecordedInterval(exchange.buffer(index), exchange))
            exchange.giveBack(index)
        }
        return isFinished
    }
}

// SAFETY: as for the recorder: the exchange says who owns each buffer, and the collector is moved
// to one thread.
extension IntervalCollector: @unchecked Sendable {}

/// One interval of one worker, to be read while `IntervalCollector.drain` visits it.
package struct RecordedInterval: ~Copyable {
    private let buffer: IntervalBuffer
    /// Classes of the scenario.
    package let classCount: Int
    /// Histograms of a class.
    let seriesCount: Int

    init(_ buffer: IntervalBuffer, _ exchange: IntervalExchange) {
        self.buffer = buffer
        classCount = exchange.classCount
        seriesCount = exchange.seriesCount
    }

    /// Position among all intervals of the run; workers use the same numbering.
    package var index: Int { buffer.header.pointee.index }
    /// The phase the interval lies in.
    package var phase: RunPhase { buffer.header.pointee.phase }
    /// When recording into it began, ns of the monotonic clock.
    @usableFromInline package var startNanoseconds: Int64 { buffer.header.pointee.startNanoseconds }
    /// When recording into it ended; later than planned when the worker or collector was late.
    package var endNanoseconds: Int64 { buffer.header.pointee.endNanoseconds }

    /// What happened to a class in the interval.
    package func counts(classIndex: Int) -> IntervalCounts {
        precondition(classIndex < classCount, "no such class")
        return buffer.counts[classIndex]
    }

    /// The samples of one series of a class.
    package func histogram(classIndex: Int, series: LatencySeries) -> Histogram {
        histogram(classIndex: classIndex, index: series.index)
    }

    /// The samples of the series at an index below `seriesCount`.
    func histogram(classIndex: Int, index: Int) -> Histogram {
        precondition(classIndex < classCount && index < seriesCount, "no such class or series")
        return buffer.histograms[classIndex * seriesCount + index]
    }
}
