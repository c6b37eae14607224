// Which run of the baseline stands against which run of the candidate, and how they were made.

/// How the runs of two sides lie in time, which decides what they can show.
enum RunDesign: Equatable {
    /// A side has a single run.
    case single
    /// In time, every two neighbouring runs are one of each side, neither side mostly first.
    case interleaved
    /// In time, every two neighbouring runs are one of each side, and one side mostly first: what
    /// the first run of two does to the second looks like a change.
    case fixedOrder
    /// Anything else, usually all of one side before all of the other.
    case blocks
}

/// The runs of one scenario in pairs, in the order of time.
struct RunPairing {
    let design: RunDesign
    /// As many as `candidate` has, at least one, at most `pairCountMax`.
    let baseline: [ResultDocument]
    let candidate: [ResultDocument]
    /// Runs that found no partner.
    let unpairedCount: Int

    /// Most pairs that the exact tests take.
    static let pairCountMax = SignedRankDistribution.valueCountMax

    init(_ match: RunMatch) {
        func inTime(_ runs: [ResultDocument]) -> [ResultDocument] {
            runs.enumerated().sorted {
                (Self.time($0.element), $0.offset) < (Self.time($1.element), $1.offset)
            }.map(\.element)
        }
        let left = inTime(match.baseline.runs)
        let right = inTime(match.candidate.runs)
        let count = min(left.count, right.count, Self.pairCountMax)
        baseline = Array(left.prefix(count))
        candidate = Array(right.prefix(count))
        unpairedCount = left.count + right.count - 2 * count
        if count == 1 {
            design = .single
        } else {
            let isInterleaved = Self.isInterleaved(left.map(Self.time), right.map(Self.time))
            let baselineFirst = zip(baseline, candidate).reduce(0) { sum, pair in
                sum + (Self.time(pair.0) < Self.time(pair.1) ? 1 : 0)
            }
            let isBalanced = Self.isBalanced(baselineFirst, of: count)
            if isInterleaved {
                design = isBalanced ? .interleaved : .fixedOrder
            } else {
                design = .blocks
            }
        }
    }

    /// Whether these are one run of each side, and one of them began right after the other.
    var isNeighbouring: Bool {
        guard design == .single, unpairedCount == 0 else { return false }
        let runs = [baseline[0].window, candidate[0].window]
        let begins = runs.compactMap { CreationStamp.millisecondsSince1970($0.startedAt) }
        guard begins.count == runs.count else { return false }
        let busy = runs.reduce(0.0) {
            $0 + Double($1.warmupNanoseconds) + Double($1.durationNanoseconds)
        }
        let apart = abs(Double(begins[0]) - Double(begins[1]))
        return apart <= busy / 1e6 + Self.pauseMillisecondsMax
    }

    /// Most time between two runs for stopping one broker and starting another.
    private static let pauseMillisecondsMax = 60_000.0

    private static func time(_ document: ResultDocument) -> String {
        document.window.startedAt
    }

    /// Whether the order within pairs may have been random: each side came first at least once,
    /// and fair coins are not less even more often than once in a hundred (two-sided binomial).
    ///
    /// The exact test exchanges the sides of a pair, which changes nothing only when either could
    /// have been the first.
    ///
    /// - Parameters:
    ///   - firstCount: Pairs in which one side, whichever, came first.
    ///   - pairCount: All pairs, at most `pairCountMax`.
    static func isBalanced(_ firstCount: Int, of pairCount: Int) -> Bool {
        let rarer = min(firstCount, pairCount - firstCount)
        guard rarer > 0 else { return false }
        // Ways to choose 0, 1, ... of the pairs, as shares of all ways.
        var share = 1.0
        for _ in 0..<pairCount { share /= 2 }
        var tail = share
        for chosen in 1...rarer {
            share *= Double(pairCount - chosen + 1) / Double(chosen)
            tail += share
        }
        return 2 * tail >= 0.01
    }

    /// Whether the k-th runs of both sides are neighbours, whichever came first.
    static func isInterleaved(_ left: [String], _ right: [String]) -> Bool {
        guard left.count == right.count else { return false }
        for index in left.indices {
            let end = max(left[index], right[index])
            if left[index] == right[index] { return false }
            let isLast = index + 1 == left.count
            if !isLast, min(left[index + 1], right[index + 1]) <= end { return false }
        }
        return true
    }
}
