// Whether the stages of messages can be measured against a target.

import AeroIO
import AeroLoad

extension RunTarget {
    /// Refuses a scenario that cannot be run against this target as it asks.
    func check(_ scenario: Scenario) throws(CommandError) {
        try checkStages(of: scenario)
        try checkIncidents(of: scenario)
    }

    /// Refuses a scenario that measures stages where nobody can tell them, or by another clock.
    private func checkStages(of scenario: Scenario) throws(CommandError) {
        guard scenario.stages != nil else { return }
        let kind = try TargetKind(scenario)
        guard kind == .aeromq else {
            throw .usage(
                "stages: only an AeroMQ broker tells them, not \(kind.rawValue); "
                    + "see --set stages=false")
        }
        guard let endpoint, !endpoint.isLoopback else { return }
        throw .usage(
            "stages: \(endpoint) may be another machine, whose clock is not this one's; "
                + "use a loopback address, or --set stages=false")
    }
}
