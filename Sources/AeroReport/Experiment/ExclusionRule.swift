// Which pairs an experiment leaves out, said before it begins.

/// A rule that looks at a pair as a whole: exchanging its sides changes nothing, so that leaving
/// pairs out by it leaves the exact test exact.
package struct ExclusionRule: Codable, Equatable, Sendable {
    /// Most processor time that the hypervisor may take in a run, 0 to 1.
    package var stealShareMax = 0.05
    /// Most time that all tasks may wait for memory in a run, 0 to 1.
    package var memoryPressureMax = 0.05
    /// How many times slower the same computation may be beside one run than beside another.
    package var calibrationRatioMax = 1.25
    /// One pair in so many may be left out, and two more.
    package var pairsForOneExclusion = 5

    /// The defaults.
    package init() {}

    /// How many of some pairs may be left out.
    package func exclusionsAllowed(of pairCount: Int) -> Int {
        2 + pairCount / pairsForOneExclusion
    }

    /// Why a pair is left out for what the machine did; nil when it is kept.
    ///
    /// - Parameter runs: The signals of all runs of the pair, in any order.
    package func disturbance(_ runs: [MachineSignals]) -> String? {
        if let steal = runs.compactMap(\.stealShare).max(), steal > stealShareMax {
            return "the hypervisor took \(UnitText.percent(steal)) of the processor time"
        }
        if let memory = runs.compactMap(\.memoryPressure).max(), memory > memoryPressureMax {
            return "all tasks waited for memory for \(UnitText.percent(memory)) of the time"
        }
        let loops = runs.map(\.calibrationNanoseconds).filter { $0 > 0 }
        if let fast = loops.min(), let slow = loops.max(),
            Double(slow) > calibrationRatioMax * Double(fast)
        {
            let ratio = UnitText.fixed(Double(slow) / Double(fast), decimals: 2)
            return "the processor was \(ratio) times slower beside one run than beside another"
        }
        return nil
    }

    /// Why a pair cannot be used; nil when both sides can be believed.
    ///
    /// - Parameter runs: All runs of the pair, in any order.
    package func doubt(_ runs: [ResultDocument]) -> String? {
        // One of each kind: the first by its text, whichever side has it.
        var kinds: Set<String> = []
        let reasons = runs.flatMap(\.validity.reasons).sorted { $0.message < $1.message }
            .filter { kinds.insert($0.code).inserted }
        return reasons.isEmpty ? nil : reasons.map(\.message).joined(separator: "; ")
    }

    /// The rule in one sentence, for the start of an experiment.
    package var text: String {
        "a pair is left out when a run of it cannot be believed, when the hypervisor took over "
            + "\(UnitText.percent(stealShareMax)) of the processor time, when all tasks waited for "
            + "memory for over \(UnitText.percent(memoryPressureMax)) of the time, or when the "
            + "processor was over \(UnitText.fixed(calibrationRatioMax, decimals: 2)) times slower "
            + "beside one run than beside another; at most one pair in "
            + "\(pairsForOneExclusion), and two more"
    }
}
