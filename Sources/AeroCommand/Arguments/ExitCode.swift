// What a command's exit status says; the one table of it.

/// Exit codes of `aerobench`; `aeromq` uses `pass` and `failure` only.
///
/// They are a contract with scripts and CI systems.
package enum ExitCode: Int32, Sendable, CaseIterable {
    /// Done, and everything that was asked was answered with yes.
    case pass = 0
    /// The command line, a file or the system does not allow it.
    case failure = 1
    /// Worse than the baseline.
    case regression = 2
    /// The data cannot tell.
    case inconclusive = 3
    /// An absolute limit is breached, or messages were lost, repeated or damaged.
    case objectiveBreached = 4
    /// The run or its environment cannot be believed.
    case invalidRun = 5
    /// The baseline is missing or cannot be compared with.
    case incomparable = 6
    /// Losses against a history's anchor, each too small to fail, use up their budget.
    case creep = 7
}
