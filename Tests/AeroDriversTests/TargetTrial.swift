// Runs against targets that may go away, refuse or never begin, and what must be true of all.

import AeroDrivers
import AeroIO
import AeroLoad
import Testing

enum TargetTrial {
    /// Runs a plan; every message under way at the end is waited for.
    ///
    /// - Parameter isInterrupted: Called several times a second; true interrupts.
    static func run(
        _ plan: LoadPlan, _ driver: some LoadDriver, drainNanoseconds: Int64 = 10_000_000_000,
        isInterrupted: () -> Bool = { false }
    ) throws -> LoadOutcome {
        var options = LoadRunOptions()
        options.drainNanoseconds = drainNanoseconds
        return try LoadRun(plan, driver: driver, options: options)
            .run(isInterrupted: isInterrupted, progress: { _, _ in })
    }

    /// A run must not begin.
    ///
    /// - Returns: Why not.
    static func refusal(_ plan: LoadPlan, _ driver: some LoadDriver) throws -> DriverError {
        do throws(LoadRunError) {
            _ = try LoadRun(plan, driver: driver)
                .run(isInterrupted: { false }, progress: { _, _ in })
        } catch {
            guard case .driver(let refusal) = error else { throw error }
            return refusal
        }
        throw DriverError("fail", "the run began")
    }

    /// A run whose target is killed in its middle.
    static func runToDeath(
        _ plan: LoadPlan, _ driver: some LoadDriver, kill: () -> Void
    ) throws -> LoadOutcome {
        var callCount = 0
        return try run(plan, driver, drainNanoseconds: 500_000_000) {
            callCount += 1
            if callCount == 20 { kill() }
            return callCount > 400
        }
    }

    /// What was sent was acknowledged, failed or stayed unanswered, and nothing else happened.
    static func expectAccount(_ outcome: LoadOutcome) {
        let counts = outcome.record.classes[0].counts
        #expect(counts.sent > 0)
        #expect(
            counts.sent == counts.acknowledged + outcome.failedCount + outcome.unansweredCount)
        #expect(outcome.strayTokenCount == 0)
        for verdict in outcome.verdicts[0] {
            #expect(verdict.sent == counts.sent)
            #expect(verdict.counts.corrupt == 0 && verdict.counts.misrouted == 0)
        }
    }
}
