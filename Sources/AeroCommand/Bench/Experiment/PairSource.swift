// Where an experiment gets its pairs from.

import AeroReport

/// Measures pairs: real brokers, or what a test makes up.
protocol PairSource {
    /// Measures one pair. What goes wrong with a side is part of the pair.
    mutating func measure(_ plan: PairPlan) -> MeasuredPair
}
