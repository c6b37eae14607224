// How large the messages of a class are.

/// The size of a message value, stamp included: one for all, or drawn for each.
///
/// Sizes that vary are 32 bytes and more, so that all messages of a class carry the same stamp.
package enum MessageSize: Sendable, Equatable {
    /// All the same.
    case fixed(Int)
    /// Some sizes, each as often as its weight says.
    case weighted([Share])
    /// Any size of a range, all equally likely.
    case uniform(ClosedRange<Int>)
    /// exp of a normal deviate; what falls outside of the bounds is drawn again.
    case logNormal(median: Int, sigmaBillionths: Int64, bounds: ClosedRange<Int>)
    /// As `weighted`, from a file.
    case histogram(file: DataFile, [Share])
    /// What the trace of the class's load says of each message.
    case trace(ArrivalTrace)

    /// A size and its weight.
    package struct Share: Sendable, Equatable {
        /// Bytes of the message.
        package let byteCount: Int
        /// How often it comes, compared with the weights of the others; 1 to 10^9.
        package let weight: Int64

        /// Makes a share.
        package init(byteCount: Int, weight: Int64) {
            self.byteCount = byteCount
            self.weight = weight
        }
    }

    /// The least and the largest size there may be.
    package var bounds: ClosedRange<Int> {
        switch self {
        case .fixed(let byteCount): byteCount...byteCount
        case .uniform(let bounds), .logNormal(_, _, let bounds): bounds
        case .weighted(let shares), .histogram(_, let shares): Self.bounds(shares.map(\.byteCount))
        case .trace(let trace): Self.bounds(trace.sizes.map(Int.init))
        }
    }

    private static func bounds(_ sizes: [Int]) -> ClosedRange<Int> {
        (sizes.min() ?? 0)...(sizes.max() ?? 0)
    }
}
