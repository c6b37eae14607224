// Numbers with units outside of objectives: the same spellings everywhere.

extension MetricUnit {
    /// A number with a unit, as in an objective: `5ms`, `100k/s`, `5%`.
    ///
    /// - Returns: In the metric's own unit; nil when the text is no such number.
    package func value(_ text: String) -> Double? { MetricValue.parse(text, unit: self) }

    /// What `value` reads, for an error message.
    package var expectation: String { MetricValue.expectation(for: self) }
}
