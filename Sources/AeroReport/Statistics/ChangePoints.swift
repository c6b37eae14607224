// Where a series of measurements moved to another level.

/// A place where values changed.
package struct ChangePoint: Codable, Equatable, Sendable {
    /// The first value of the new level, counted from 0.
    package var index: Int
    /// The p-value of "no change here, given those found before".
    package var probability: Double
}

/// E-divisive: hierarchical division by energy distance, with a permutation test.
///
/// The place that divides a stretch of values best is where the distances between its two parts
/// exceed those within them most. It is a change when reordering the values within the stretches
/// that are known so far hardly ever allows as good a division. The right part may end before its
/// stretch does, so that a loss that was mended later is found as well. All of that assumes nothing
/// of how values are distributed, and takes them to be independent of each other within a stretch.
/// Source: Matteson and James, "A Nonparametric Approach for Multiple Change Point Analysis of
/// Multivariate Data", JASA 109 (2014), with distances to the power of one.
package enum ChangePoints {
    /// Fewer values than this are no level.
    package static let valueCountMin = 3

    /// Finds changes, in the order of their places.
    ///
    /// - Parameters:
    ///   - values: In the order of time; all finite.
    ///   - level: The probability of calling a series without a change changed.
    ///   - permutationCount: How many reorderings are tried; with fewer than `1 / level - 1`
    ///     nothing is found.
    ///   - seed: Chooses them: the same seed gives the same answer.
    /// - Complexity: O(permutations x values squared) for each change found.
    package static func find(
        in values: [Double], level: Double = 0.01, permutationCount: Int = 999, seed: UInt64 = 1
    ) -> [ChangePoint] {
        var generator = SeededGenerator(seed: seed)
        var found: [ChangePoint] = []
        while true {
            let ends = [0] + found.map(\.index) + [values.count]
            let stretches = zip(ends, ends.dropFirst()).map { Array(values[$0..<$1]) }
            guard let best = bestDivision(stretches) else { return found }
            var asGood = 0
            for _ in 0..<permutationCount {
                let reordered = stretches.map { shuffled($0, &generator) }
                // BOUND: sums of the same numbers in another order, rounded otherwise.
                let size = bestDivision(reordered)?.size ?? 0
                if size >= best.size * (1 - 1e-9) { asGood += 1 }
            }
            let probability = Double(asGood + 1) / Double(permutationCount + 1)
            if probability > level { return found }
            found.append(ChangePoint(index: best.index, probability: probability))
            found.sort { $0.index < $1.index }
        }
    }

    /// The best division of any stretch; nil when none is long enough.
    private static func bestDivision(_ stretches: [[Double]]) -> (index: Int, size: Double)? {
        var best: (index: Int, size: Double)?
        var start = 0
        for stretch in stretches {
            for (place, size) in divisions(of: stretch) where size > best?.size ?? -1 {
                best = (start + place, size)
            }
            start += stretch.count
        }
        return best
    }

    /// For every place that a stretch can be divided at, the largest scaled energy distance of what
    /// lies before it and what follows.
    static func divisions(of values: [Double]) -> [(place: Int, size: Double)] {
        let count = values.count
        guard count >= 2 * valueCountMin else { return [] }
        // Element (i, j): the distances of the first i values to the first j, added up.
        let width = count + 1
        var sums = [Double](repeating: 0, count: width * width)
        for row in 1...count {
            var line = 0.0
            for column in 1...count {
                line += (values[row - 1] - values[column - 1]).magnitude
                sums[row * width + column] = sums[(row - 1) * width + column] + line
            }
        }
        return (valueCountMin...(count - valueCountMin)).map { place in
            let left = sums[place * width + place]
            let m = Double(place)
            var size = 0.0
            for end in (place + valueCountMin)...count {
                let both = sums[place * width + end]
                let across = both - left
                let right = sums[end * width + end] - both - across
                let n = Double(end - place)
                // Within a part every distance is there twice.
                let distance =
                    2 * across / (m * n) - left / (m * (m - 1)) - right / (n * (n - 1))
                size = max(size, distance * m * n / (m + n))
            }
            return (place, size)
        }
    }

    /// Fisher and Yates, from the end.
    private static func shuffled(
        _ values: [Double], _ generator: inout SeededGenerator
    ) -> [Double] {
        var values = values
        var last = values.count - 1
        while last > 0 {
            // BOUND: a remainder prefers some places by 2^-50, which no permutation test sees.
            values.swapAt(last, Int(generator.next() % UInt64(last + 1)))
            last -= 1
        }
        return values
    }
}
