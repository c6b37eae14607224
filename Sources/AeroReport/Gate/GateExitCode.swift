// What a gate's checks come to.

/// The exit code of a gate.
///
/// Several causes may hold at once; the code names the one that makes the others meaningless:
///
/// | precedence | code | cause |
/// |---|---|---|
/// | 1 | 6 | the baseline is missing, the sets of scenarios differ, or the runs are incomparable |
/// | 2 | 5 | a run is invalid, or a limit cannot be evaluated |
/// | 3 | 4 | an absolute limit is breached, or the candidate's ledger has a fault |
/// | 4 | 2 | a metric or counter is worse than the baseline by more than its limit |
/// | 5 | 3 | the data cannot tell, and the policy (`InconclusivePolicy`) does not let that pass |
/// | 6 | 0 | none of these |
package enum GateExitCode: Int, Codable, Equatable, Sendable {
    /// Everything that was asked was answered with yes.
    case pass = 0
    /// Worse than the baseline.
    case regression = 2
    /// Cannot tell.
    case inconclusive = 3
    /// An absolute limit was breached.
    case objectiveBreached = 4
    /// A run or a limit cannot be used.
    case invalidRun = 5
    /// There is nothing to compare with.
    case incomparable = 6

    /// The code that a list of checks comes to.
    ///
    /// - Parameters:
    ///   - checks: All checks of a gate.
    ///   - inconclusive: What an inconclusive check means. Whatever it says, a gate does not pass
    ///     when it could judge no latency, or nothing at all, although it was asked to.
    package init(_ checks: [GateCheck], inconclusive: InconclusivePolicy) {
        func has(_ kinds: Set<GateCheckKind>, _ verdict: GateVerdict) -> Bool {
            checks.contains { kinds.contains($0.kind) && $0.verdict == verdict }
        }
        let relative = checks.filter { $0.kind == .relative }
        let latencies = relative.filter { $0.unit == .nanoseconds }
        let isBlind = [relative, latencies].contains { asked in
            !asked.isEmpty && asked.allSatisfy { $0.verdict == .inconclusive }
        }
        let cannotTell = checks.contains { $0.verdict == .inconclusive }
        let isUnanswered = checks.contains { $0.evidence?.isUnanswered == true }
        if has([.scenarioSet, .comparability], .fail) || checks.isEmpty {
            self = .incomparable
        } else if checks.contains(where: { $0.verdict == .invalid }) {
            self = .invalidRun
        } else if has([.ledger, .objective], .fail) {
            self = .objectiveBreached
        } else if has([.relative, .counter], .fail) {
            self = .regression
        } else if isBlind || (cannotTell && inconclusive == .fail)
            || (isUnanswered && inconclusive == .warn)
        {
            self = .inconclusive
        } else {
            self = .pass
        }
    }

    /// The code in words.
    package var text: String {
        switch self {
        case .pass: return "PASS"
        case .regression: return "FAIL: worse than the baseline"
        case .inconclusive: return "INCONCLUSIVE: the data cannot tell"
        case .objectiveBreached: return "FAIL: an absolute limit is breached"
        case .invalidRun: return "INVALID: a run or a limit cannot be used"
        case .incomparable: return "INCOMPARABLE: there is nothing to compare with"
        }
    }
}
