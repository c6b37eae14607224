// Rates that change while the load goes on.

/// A rate as a function of the time since the load began, warm-up included.
///
/// Rates are in billionths of a message per second, as in `MessageRate`, but may be 0.
package enum RateShape: Sendable, Equatable {
    /// Along a straight line from one rate to another, which then stays.
    case ramp(fromBillionths: Int64, toBillionths: Int64, overNanoseconds: Int64)
    /// One rate after another; the last one stays. At least one.
    case steps([Step])
    /// A base rate, and on top of it so many messages at once at the start of each period.
    case burst(baseBillionths: Int64, messageCount: Int64, periodNanoseconds: Int64)
    /// A rate, then nothing, in turn.
    case onOff(rateBillionths: Int64, onNanoseconds: Int64, offNanoseconds: Int64)
    /// A mean and a swing around it, upwards first; the amplitude is at most the mean.
    case sine(meanBillionths: Int64, amplitudeBillionths: Int64, periodNanoseconds: Int64)

    /// One rate of a staircase.
    package struct Step: Sendable, Equatable {
        /// The rate; 0 is a pause.
        package let rateBillionths: Int64
        /// How long it lasts; nil, of the last one only, for good.
        package let durationNanoseconds: Int64?

        /// Makes a step.
        package init(rateBillionths: Int64, durationNanoseconds: Int64?) {
            self.rateBillionths = rateBillionths
            self.durationNanoseconds = durationNanoseconds
        }
    }
}

/// How the arrivals of a rate lie in time.
package enum ArrivalSpacing: String, CaseIterable, Sendable {
    /// Each one message of the integrated rate after the one before.
    case even
    /// At random, without memory: a Poisson process of that rate.
    case poisson
}
