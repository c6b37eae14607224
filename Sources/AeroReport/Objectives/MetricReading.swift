// One number of a result, for programs that need no more of it.

/// A metric, of one class or of all.
package struct MetricReading: Equatable, Sendable {
    /// The class, or nil.
    package let className: String?
    /// What is read.
    package let metric: Metric

    /// Reads `METRIC` or `CLASS:METRIC`.
    ///
    /// - Throws: `.unknownMetric` with the nearest name, `.emptyClass`.
    package init(parsing text: String) throws(ObjectiveError) {
        try self.init(parsing: text[...], of: text)
    }

    /// Reads the part of an objective in front of its operator.
    ///
    /// - Parameters:
    ///   - subject: The beginning of `text`.
    ///   - text: What columns are counted in.
    init(parsing subject: Substring, of text: String) throws(ObjectiveError) {
        var name = subject.trimmed
        var owner: String?
        if let colon = name.lastIndex(of: ":") {
            owner = name[..<colon].trimmed
            name = name[name.index(after: colon)...].trimmed
            if owner == "" { throw .emptyClass(column: 1) }
        }
        guard let metric = Metric(name) else {
            throw .unknownMetric(
                name, column: ServiceLevelObjective.column(of: name, in: text),
                nearest: SpellingHint.nearest(to: name, among: Metric.suggestions))
        }
        className = owner
        self.metric = metric
    }

    /// The value in repeats of one run.
    ///
    /// - Parameter documents: Of one scenario, driver and set of parameters.
    /// - Returns: In the metric's own unit; nil when the runs do not have it, when they are not
    ///   repeats of each other, or when a latency is asked of several classes at once.
    /// - Throws: `.invalidValue` when a histogram does not decode.
    package func value(in documents: [ResultDocument]) throws(ResultFileError) -> Double? {
        let groups = RunGroup.groups(of: documents)
        guard groups.count == 1 else { return nil }
        return try groups[0].value(of: metric, className: className ?? onlyClass(of: groups[0]))
    }

    /// The class that a latency without a class is of. Anything else has a sum over all classes,
    /// which for a ledger is not the sum over the groups of one.
    private func onlyClass(of group: RunGroup) -> String? {
        switch metric {
        case .latency: group.classNames.count == 1 ? group.classNames[0] : nil
        default: nil
        }
    }
}
