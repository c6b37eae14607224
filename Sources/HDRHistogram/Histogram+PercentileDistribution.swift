// The .hgrm text that HdrHistogram's plotters read.

extension Histogram {
    /// The percentile distribution as text, byte for byte as the Java reference prints it.
    ///
    /// Columns: value, percentile (as a share of 1), count up to here, 1/(1-percentile); then lines
    /// with mean, standard deviation, maximum, total count and the layout.
    ///
    /// - Parameters:
    ///   - ticksPerHalfDistance: Lines on each halving of the distance to 100 %, at least 1.
    ///   - valueScale: What values are divided by in the text, e.g. 1000 for nanoseconds as
    ///     microseconds; positive and finite.
    public func percentileDistribution(
        ticksPerHalfDistance: Int = 5, valueScale: Double = 1
    ) -> String {
        precondition(valueScale > 0 && valueScale.isFinite, "values are divided by the scale")
        func scaled(_ value: Double) -> String { column(value / valueScale, significantDigits, 12) }
        func count(_ count: Int) -> String { FixedDecimal.padded(String(count), to: 12) }

        var text = "       Value     Percentile TotalCount 1/(1-Percentile)\n\n"
        for step in percentiles(ticksPerHalfDistance: ticksPerHalfDistance) {
            let share = step.percentileLevel / 100
            text += scaled(Double(step.valueIteratedTo))
            text += " " + column(share, 12, 2)
            text += " " + FixedDecimal.padded(String(step.totalCount), to: 10)
            if step.percentileLevel != 100 { text += " " + column(1 / (1 - share), 2, 14) }
            text += "\n"
        }
        text += "#[Mean    = \(scaled(mean)), StdDeviation   = \(scaled(standardDeviation))]\n"
        text += "#[Max     = \(scaled(Double(maximum))), "
        text += "Total count    = \(count(Int(totalCount)))]\n"
        text += "#[Buckets = \(count(layout.bucketCount)), "
        text += "SubBuckets     = \(count(layout.subBucketCount))]\n"
        return text
    }

    private func column(_ value: Double, _ fractionDigits: Int, _ width: Int) -> String {
        FixedDecimal.padded(FixedDecimal.text(value, fractionDigits: fractionDigits), to: width)
    }
}
