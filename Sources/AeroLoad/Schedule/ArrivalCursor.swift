// Walks an arrival schedule in constant time per step.

/// A position in an arrival schedule: an arrival's index and its intended time.
///
/// The hot calls switch over enums instead of comparing them: a synthesised `==` is not inlined
/// into
/// other modules. Steps are exact: after any number of them the time equals
/// `ArrivalSchedule.intendedNanoseconds(index:)`. No allocation, no clock.
@usableFromInline package struct ArrivalCursor: Sendable {
    /// The arrival's index in its class, from 0.
    @inlinable package var index: Int64 { position }
    /// When the arrival is meant to be sent, in nanoseconds after the start of the load.
    @inlinable package var intendedNanoseconds: Int64 {
        switch process {
        case .constant: time
        case .poisson: time >> Int64(PoissonGaps.fractionBitCount)
        }
    }

    @usableFromInline var position: Int64
    @usableFromInline let process: ArrivalSchedule.Process
    @usableFromInline let stride: Int64
    /// Constant: nanoseconds. Poisson: 1/1024 nanoseconds.
    @usableFromInline var time: Int64
    /// Constant only: what `time` was rounded down by, in 1/`denominator` nanoseconds.
    @usableFromInline var remainder: UInt64
    /// Constant only: one step is `stepQuotient + stepRemainder / denominator` nanoseconds.
    @usableFromInline let stepQuotient: Int64
    @usableFromInline let stepRemainder: UInt64
    @usableFromInline let denominator: UInt64
    /// Poisson only.
    @usableFromInline let gaps: PoissonGaps

    /// - Parameters:
    ///   - first: Index to start at, >= 0. Poisson walks there.
    ///   - stride: Arrivals per step, >= 1. A Poisson step sums as many gaps.
    init(_ schedule: ArrivalSchedule, first: Int64, stride: Int64) {
        precondition(first >= 0 && stride >= 1, "a cursor starts at 0 or later and moves forward")
        process = schedule.process
        self.stride = stride
        position = first
        denominator = schedule.gapDenominator
        gaps = PoissonGaps(schedule)
        switch schedule.process {
        case .constant:
            let start = ArrivalSchedule.scaled(
                UInt64(first), schedule.gapNumerator, schedule.gapDenominator)
            let step = ArrivalSchedule.scaled(
                UInt64(stride), schedule.gapNumerator, schedule.gapDenominator)
            (time, remainder) = (Int64(start.quotient), start.remainder)
            (stepQuotient, stepRemainder) = (Int64(step.quotient), step.remainder)
        case .poisson:
            (remainder, stepQuotient, stepRemainder) = (0, 0, 0)
            // The first arrival is one gap after the start, as a Poisson process has it.
            time = gaps.sum(from: 0, through: first)
        }
    }

    /// Moves to the next arrival of this cursor.
    ///
    /// - Complexity: O(1) for constant, O(stride) for Poisson (about 10 ns per gap).
    @inlinable package mutating func advance() {
        switch process {
        case .constant:
            time &+= stepQuotient
            remainder &+= stepRemainder
            if remainder >= denominator {
                remainder &-= denominator
                time &+= 1
            }
        case .poisson:
            time &+= gaps.sum(from: position &+ 1, through: position &+ stride)
        }
        position &+= stride
    }
}
