// How consumers handle what they receive: time, failures and pauses.

/// The handling of messages by each consumer of a class, one message after the other.
///
/// Handling is played, not done: the engine works out when a message would be taken and when its
/// handler would be through, and the driver asks for more only then. So one slow consumer holds up
/// no other of its thread, and what it does not take waits where it would wait: in the broker.
package struct ConsumerPace: Sendable, Equatable {
    /// How long a message is handled.
    package let processing: ProcessingTime
    /// The share of attempts that fail, in billionths; a failed one is made again, at once.
    package let failureBillionths: Int64
    /// When nothing is taken at all; nil for never.
    package let pause: Pause?
    /// Bytes that a consumer may have received and not handled, of each topic-partition.
    package let windowByteCount: Int

    /// A time in each round in which a consumer takes nothing. Consumers of a group take turns.
    package struct Pause: Sendable, Equatable {
        /// How long it lasts.
        package let lengthNanoseconds: Int64
        /// From the start of one to the start of the next.
        package let everyNanoseconds: Int64

        /// Makes a pause; its length is less than its distance.
        package init(lengthNanoseconds: Int64, everyNanoseconds: Int64) {
            self.lengthNanoseconds = lengthNanoseconds
            self.everyNanoseconds = everyNanoseconds
        }
    }

    /// Makes a pace.
    package init(
        processing: ProcessingTime, failureBillionths: Int64, pause: Pause?, windowByteCount: Int
    ) {
        self.processing = processing
        self.failureBillionths = failureBillionths
        self.pause = pause
        self.windowByteCount = windowByteCount
    }
}

/// How long handling a message takes, in nanoseconds.
package enum ProcessingTime: Sendable, Equatable {
    /// As long for each; 0 for none.
    case fixed(Int64)
    /// At random without memory.
    case exponential(mean: Int64)
    /// Any time of a range, all equally likely.
    case uniform(ClosedRange<Int64>)
}

extension ProcessingTime {
    /// The time of one attempt from a random word.
    func nanoseconds(_ word: UInt64) -> Int64 {
        switch self {
        case .fixed(let time): return time
        case .exponential(let mean):
            let uniform = (Double(word >> 11) + 0.5) * 0x1p-53
            return Int64(0.5 - NaturalLogarithm.of(uniform) * Double(mean))
        case .uniform(let range):
            let count = UInt64(range.upperBound - range.lowerBound + 1)
            return range.lowerBound + Int64(word.multipliedFullWidth(by: count).high)
        }
    }
}
