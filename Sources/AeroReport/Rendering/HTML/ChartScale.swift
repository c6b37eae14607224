// Where a value lies on an axis, and which values the axis names.

import Glibc

/// One axis of a chart: from values to places between 0 and 1.
struct ChartScale {
    /// How distances on the axis follow from values.
    enum Kind {
        /// Equal differences are equally far apart.
        case linear
        /// Equal factors are equally far apart.
        case logarithmic
    }

    /// A value that the axis names.
    struct Tick {
        let value: Double
        let label: String
        /// Whether its label is left out where there is little room.
        var isMinor = false
    }

    let kind: Kind
    /// The value at 0; positive on a logarithmic axis.
    let lower: Double
    /// The value at 1; above `lower`.
    let upper: Double
    private(set) var ticks: [Tick] = []

    private init(_ kind: Kind, _ lower: Double, _ upper: Double) {
        self.kind = kind
        self.lower = lower
        self.upper = upper
    }

    /// The place of a value, 0 to 1; values beyond the ends are moved to them.
    func position(_ value: Double) -> Double {
        let share: Double
        switch kind {
        case .linear: share = (value - lower) / (upper - lower)
        case .logarithmic:
            share = log10(max(value, lower) / lower) / log10(upper / lower)
        }
        return share.isFinite ? min(max(share, 0), 1) : 0
    }

    /// An axis from zero to a little above the largest value, with round numbers on it.
    ///
    /// - Parameters:
    ///   - maximum: The largest value; 1 is taken for one that is not positive.
    ///   - tickCountMax: 2 or more.
    ///   - label: The text of a tick.
    static func fromZero(
        to maximum: Double, tickCountMax: Int = 6, label: (Double) -> String
    ) -> ChartScale {
        let top = maximum > 0 && maximum.isFinite ? maximum : 1
        var step = ceilToRound(top / Double(tickCountMax - 1))
        // 25, 50, 75 are as round as 20, 40, 60, and may leave less empty room above.
        if step / 2 * Double(tickCountMax - 1) >= top { step /= 2 }
        let count = (top / step * (1 - 1e-9)).rounded(.up)
        var scale = ChartScale(.linear, 0, step * count)
        scale.ticks = (0...Int(count)).map { index in
            let value = step * Double(index)
            return Tick(value: value, label: label(value))
        }
        return scale
    }

    /// An axis of exactly this width, with numbers on it that are round in a unit; for time.
    static func spanning(
        _ lower: Double, _ upper: Double, unit: Double = 1, tickCountMax: Int = 8,
        label: (Double) -> String
    ) -> ChartScale {
        let width = upper > lower && upper.isFinite ? upper - lower : unit
        let step = ceilToRound(width / unit / Double(tickCountMax - 1)) * unit
        var scale = ChartScale(.linear, lower, lower + width)
        var value = (lower / step).rounded(.up) * step
        // BOUND: `tickCountMax` steps, because a step is at least the width divided by it.
        while value <= lower + width * (1 + 1e-9) {
            scale.ticks.append(Tick(value: value, label: label(value)))
            value += step
        }
        return scale
    }

    /// A logarithmic axis around positive values, at least a factor of ten wide.
    static func logarithmic(_ values: some Sequence<Double>, label: (Double) -> String)
        -> ChartScale
    {
        var least = Double.infinity
        var largest = 0.0
        for value in values where value > 0 && value.isFinite {
            least = min(least, value)
            largest = max(largest, value)
        }
        if largest <= 0 { (least, largest) = (1, 10) }
        var lower = floorToRound(least)
        var upper = ceilToRound(largest)
        // BOUND: a few steps of at least a factor of two.
        while upper / lower < 9.99 {
            lower = floorToRound(lower * 0.99)
            if upper / lower < 9.99 { upper = ceilToRound(upper * 1.01) }
        }
        var scale = ChartScale(.logarithmic, lower, upper)
        let decades = log10(upper / lower)
        let factors: [Double] = decades < 2.1 ? [1, 2, 5] : decades < 3.1 ? [1, 5] : [1]
        let stride = decades > 8 ? 2.0 : 1.0
        var exponent = log10(lower).rounded(.down)
        while pow(10, exponent) <= upper * 1.001 {
            for factor in factors {
                let value = factor * pow(10, exponent)
                if value >= lower * 0.999, value <= upper * 1.001 {
                    let isMinor = decades >= 2.1 && factor != 1
                    scale.ticks.append(
                        Tick(value: value, label: label(value), isMinor: isMinor))
                }
            }
            exponent += stride
        }
        return scale
    }

    /// An axis of "nines": 0, 90, 99, 99.9 … per cent are equally far apart. Its values are the
    /// negative decimal logarithms of the share above a percentile.
    ///
    /// - Parameter sampleCount: The axis ends where one sample of these is above.
    static func nines(sampleCount: Int64) -> ChartScale {
        let end = max(1, log10(Double(max(sampleCount, 1))))
        var scale = ChartScale(.linear, 0, end)
        let labels = ["0", "90", "99", "99.9", "99.99", "99.999", "99.9999", "99.99999"]
        scale.ticks.append(Tick(value: 0, label: labels[0]))
        scale.ticks.append(Tick(value: log10(2), label: "50"))
        for (index, label) in labels.enumerated().dropFirst() where Double(index) <= end + 1e-9 {
            scale.ticks.append(Tick(value: Double(index), label: label))
        }
        return scale
    }

    private static func ceilToRound(_ value: Double) -> Double {
        let power = pow(10, log10(value).rounded(.down))
        for factor in [1.0, 2, 5] where factor * power >= value * (1 - 1e-9) {
            return factor * power
        }
        return 10 * power
    }

    private static func floorToRound(_ value: Double) -> Double {
        let power = pow(10, log10(value).rounded(.down))
        for factor in [5.0, 2, 1] where factor * power <= value * (1 + 1e-9) {
            return factor * power
        }
        return power
    }
}

/// Short texts of ticks: as `UnitText` has them, without zeros behind the point.
enum TickText {
    /// Nanoseconds: `100 us`, `1 ms`.
    static func latency(_ nanoseconds: Double) -> String {
        withoutZeros(UnitText.latency(Int64(clamping: nanoseconds)))
    }

    /// A rate: `0`, `50k`, `1.5M`; the axis names the unit.
    static func rate(_ perSecond: Double) -> String {
        for (unit, suffix) in [(1e9, "G"), (1e6, "M"), (1e3, "k")] where perSecond >= unit {
            return withoutZeros(UnitText.fixed(perSecond / unit, decimals: 2)) + suffix
        }
        return withoutZeros(UnitText.fixed(perSecond, decimals: 2))
    }

    /// A number without needless decimals.
    static func number(_ value: Double) -> String {
        withoutZeros(UnitText.fixed(value, decimals: 3))
    }

    /// `1.50 ms` becomes `1.5 ms`, `1.00 ms` becomes `1 ms`.
    static func withoutZeros(_ text: String) -> String {
        guard let point = text.firstIndex(of: ".") else { return text }
        let unit = text[point...].firstIndex(of: " ") ?? text.endIndex
        var number = text[..<unit]
        while number.last == "0" { number.removeLast() }
        if number.last == "." { number.removeLast() }
        return String(number) + text[unit...]
    }
}
