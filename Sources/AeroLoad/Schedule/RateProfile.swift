// A changing rate as pieces whose integral can be inverted exactly.

/// A piece of a rate profile: a straight line of the rate, or messages that are due at one moment.
struct RateSegment: Sendable, Equatable {
    /// Where it begins, in nanoseconds from the start of the profile.
    let startNanoseconds: Int64
    /// Where it ends; the same moment for messages that are due at once.
    let endNanoseconds: Int64
    /// The rate at its beginning, in billionths of a message per second.
    let startBillionths: Int64
    /// The rate at its end.
    let endBillionths: Int64
    /// Messages due at once.
    let jump: Int64
    /// Messages before it, in `RateProfile.massPerMessage`.
    let baseMass: UInt128

    /// Messages of the piece, in `RateProfile.massPerMessage`; exact.
    var mass: UInt128 {
        let length = UInt128(endNanoseconds - startNanoseconds)
        return (UInt128(startBillionths) + UInt128(endBillionths)) * length
            + UInt128(jump) * RateProfile.massPerMessage
    }
}

/// The integrated rate of a shape, piece by piece, once or over and over.
///
/// Counts are exact integers: a rate in billionths per second times nanoseconds is a multiple of
/// 10^-18 messages, and the area under a straight line of half of that. So which piece an arrival
/// belongs to is decided without rounding, however long the load lasts; only the place inside the
/// piece is a floating-point number.
@usableFromInline final class RateProfile: Sendable {
    /// One message in the unit of masses: 10^-18 messages and a half.
    static let massPerMessage: UInt128 = 2_000_000_000_000_000_000
    /// Later than any load lasts; what the last piece of a profile extends to.
    static let horizonNanoseconds: Int64 = 1 << 60
    /// Chords by which a sine is drawn: off by 5 millionths of the amplitude at most.
    static let sineChordCount = 1_024

    let segments: [RateSegment]
    /// The length of one round; nil for a profile that does not come again.
    let periodNanoseconds: Int64?
    /// Messages of one round, or of all.
    let totalMass: UInt128

    /// The profile of a shape.
    init(_ shape: RateShape) {
        var builder = RateProfileBuilder()
        switch shape {
        case .ramp(let from, let to, let over):
            builder.line(from, to, until: over)
            builder.line(to, to, until: Self.horizonNanoseconds)
            periodNanoseconds = nil
        case .steps(let steps):
            for (index, step) in steps.enumerated() {
                let end = step.durationNanoseconds.map { builder.endNanoseconds + $0 }
                let isLast = index == steps.count - 1
                builder.line(
                    step.rateBillionths, step.rateBillionths,
                    until: isLast ? Self.horizonNanoseconds : end ?? Self.horizonNanoseconds)
            }
            periodNanoseconds = nil
        case .burst(let base, let messageCount, let period):
            builder.jump(messageCount)
            builder.line(base, base, until: period)
            periodNanoseconds = period
        case .onOff(let rate, let on, let off):
            builder.line(rate, rate, until: on)
            builder.line(0, 0, until: on + off)
            periodNanoseconds = on + off
        case .sine(let mean, let amplitude, let period):
            builder.sine(mean, amplitude, period, chordCount: Self.sineChordCount)
            periodNanoseconds = period
        }
        segments = builder.segments
        totalMass = builder.mass
        precondition(totalMass > 0, "a shape without messages")
    }

    /// A piece of a round, and which round.
    struct Place {
        let segment: RateSegment
        let round: Int64
    }

    /// The piece that the message at `mass` belongs to; nil after the last one.
    ///
    /// Where the rate is 0 no message is due: it belongs to the next piece that has any.
    func place(ofMass mass: UInt128) -> Place? {
        var rest = mass
        var round: UInt128 = 0
        if periodNanoseconds != nil {
            (round, rest) = mass.quotientAndRemainder(dividingBy: totalMass)
        }
        guard rest < totalMass, let round = Int64(exactly: round) else { return nil }
        // The last piece that begins at or before it: pieces without messages share their base
        // with the one behind them, so they are never the last.
        var (low, high) = (0, segments.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if segments[middle].baseMass <= rest { low = middle } else { high = middle }
        }
        return Place(segment: segments[low], round: round)
    }

    /// About how many messages are due before a time: off by less than one and a rounding.
    func approximateCount(beforeNanoseconds end: Int64) -> Double {
        var rest = end
        var count = 0.0
        if let period = periodNanoseconds {
            // At the end of a round, the next one has not begun.
            let rounds = (end - 1) / period
            rest = end - rounds * period
            count = Double(rounds) * Self.messages(totalMass)
        }
        guard let segment = segments.last(where: { $0.startNanoseconds < rest }) else { return 0 }
        count += Self.messages(segment.baseMass)
        let elapsed = Double(min(rest, segment.endNanoseconds) - segment.startNanoseconds)
        let length = Double(max(1, segment.endNanoseconds - segment.startNanoseconds))
        let (first, last) = (Double(segment.startBillionths), Double(segment.endBillionths))
        let mean = first + (last - first) * elapsed / length / 2
        return count + mean * elapsed / 1e18
    }

    private static func messages(_ mass: UInt128) -> Double {
        let (whole, rest) = mass.quotientAndRemainder(dividingBy: massPerMessage)
        return Double(whole) + Double(rest) / Double(massPerMessage)
    }
}

/// Lays pieces end to end.
private struct RateProfileBuilder {
    var segments: [RateSegment] = []
    var mass: UInt128 = 0
    var endNanoseconds: Int64 = 0

    private mutating func append(_ segment: RateSegment) {
        segments.append(segment)
        mass += segment.mass
        endNanoseconds = segment.endNanoseconds
    }

    mutating func line(_ start: Int64, _ end: Int64, until: Int64) {
        append(
            RateSegment(
                startNanoseconds: endNanoseconds, endNanoseconds: until, startBillionths: start,
                endBillionths: end, jump: 0, baseMass: mass))
    }

    mutating func jump(_ messageCount: Int64) {
        append(
            RateSegment(
                startNanoseconds: endNanoseconds, endNanoseconds: endNanoseconds,
                startBillionths: 0, endBillionths: 0, jump: messageCount, baseMass: mass))
    }

    /// Equal chords from node to node, the nodes on the sine: their mean is the sine's.
    mutating func sine(_ mean: Int64, _ amplitude: Int64, _ period: Int64, chordCount: Int) {
        func rate(_ node: Int) -> Int64 {
            let height = SineWave.value(turns: Double(node) / Double(chordCount))
            return max(0, mean + Int64((Double(amplitude) * height).rounded()))
        }
        for node in 0..<chordCount {
            let until = UInt64(period).multipliedFullWidth(by: UInt64(node + 1))
            let end = UInt64(chordCount).dividingFullWidth(until).quotient
            line(rate(node), rate(node + 1), until: Int64(end))
        }
    }
}
