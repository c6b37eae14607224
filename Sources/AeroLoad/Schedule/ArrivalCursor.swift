// Walks an arrival schedule in constant time per step.

/// A position in an arrival schedule: an arrival's index and its intended time.
///
/// The hot calls switch over enums instead of comparing them: a synthesised `==` is not inlined
/// into other modules. Steps are exact: after any number of them the time equals
/// `ArrivalSchedule.intendedNanoseconds(index:)`. No allocation, no clock.
@usableFromInline package struct ArrivalCursor: Sendable {
    /// The arrival's index in its class, from 0.
    @inlinable package var index: Int64 { position }
    /// When the arrival is meant to be sent, in nanoseconds after the start of the load; so late
    /// that it is never due where the schedule has ended.
    @inlinable package var intendedNanoseconds: Int64 {
        switch process {
        case .poisson: time >> Int64(PoissonGaps.fractionBitCount)
        case .constant, .profile, .poissonProfile, .trace: time
        }
    }

    @usableFromInline var position: Int64
    @usableFromInline let process: ArrivalSchedule.Process
    @usableFromInline let stride: Int64
    /// Nanoseconds; for a Poisson process of one rate 1/1024 nanoseconds.
    @usableFromInline var time: Int64
    /// Constant only: what `time` was rounded down by, in 1/`denominator` nanoseconds.
    @usableFromInline var remainder: UInt64 = 0
    /// Constant only: one step is `stepQuotient + stepRemainder / denominator` nanoseconds.
    @usableFromInline let stepQuotient: Int64
    @usableFromInline let stepRemainder: UInt64
    @usableFromInline let denominator: UInt64
    /// Poisson only: gaps of time, or of the integrated rate where the rate changes.
    @usableFromInline let gaps: PoissonGaps
    /// Poisson with a changing rate only: the integrated rate at the arrival.
    @usableFromInline var sum: Int64 = 0
    @usableFromInline var profile: ProfileWalk?
    @usableFromInline let trace: TraceWalk?

    /// - Parameters:
    ///   - first: Index to start at, >= 0. Poisson walks there.
    ///   - stride: Arrivals per step, >= 1. A Poisson step sums as many gaps.
    init(_ schedule: ArrivalSchedule, first: Int64, stride: Int64) {
        precondition(first >= 0 && stride >= 1, "a cursor starts at 0 or later and moves forward")
        process = schedule.process
        self.stride = stride
        position = first
        denominator = schedule.gapDenominator
        profile = schedule.profileWalk
        trace = schedule.replay.map(TraceWalk.init)
        gaps = schedule.gaps
        var step: (quotient: UInt64, remainder: UInt64) = (0, 0)
        switch schedule.process {
        case .constant:
            let start = ArrivalSchedule.scaled(
                UInt64(first), schedule.gapNumerator, schedule.gapDenominator)
            step = ArrivalSchedule.scaled(
                UInt64(stride), schedule.gapNumerator, schedule.gapDenominator)
            (time, remainder) = (Int64(start.quotient), start.remainder)
        case .poisson:
            // The first arrival is one gap after the start, as a Poisson process has it.
            time = gaps.sum(from: 0, through: first)
        case .profile: time = profile?.nanoseconds(at: first) ?? 0
        case .poissonProfile:
            sum = gaps.sum(from: 0, through: first)
            time = profile?.nanoseconds(at: sum) ?? 0
        case .trace: time = trace?.nanoseconds(at: first) ?? 0
        }
        (stepQuotient, stepRemainder) = (Int64(step.quotient), step.remainder)
    }

    /// Moves to the next arrival of this cursor.
    ///
    /// - Complexity: O(1); for Poisson O(stride), about 10 ns per gap.
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
        case .profile:
            time = profile?.nanoseconds(at: position &+ stride) ?? time
        case .poissonProfile:
            sum &+= gaps.sum(from: position &+ 1, through: position &+ stride)
            time = profile?.nanoseconds(at: sum) ?? time
        case .trace:
            time = trace?.nanoseconds(at: position &+ stride) ?? time
        }
        position &+= stride
    }

    /// Moves to the next arrival.
    ///
    /// - Returns: When it is meant to be sent.
    @inlinable package mutating func advanced() -> Int64 {
        advance()
        return intendedNanoseconds
    }
}
