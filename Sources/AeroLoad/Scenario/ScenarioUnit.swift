// The units of scenario values, and how values are written back with them.

/// A sort of quantity with its units; each unit is a whole multiple of the smallest.
struct ScenarioUnit {
    /// One spelling and how many of the smallest unit it stands for.
    struct Name {
        let spelling: String
        let multiple: Int64
    }

    /// What the quantity is, for "is not …".
    let title: String
    /// Largest last.
    let names: [Name]

    /// Bytes: powers of 1,024 with an `i`, powers of 1,000 without.
    static let byteCount = ScenarioUnit(
        title: "a size such as 1KiB",
        names: [
            Name(spelling: "B", multiple: 1),
            Name(spelling: "KB", multiple: 1_000), Name(spelling: "KiB", multiple: 1_024),
            Name(spelling: "MB", multiple: 1_000_000), Name(spelling: "MiB", multiple: 1 << 20),
            Name(spelling: "GB", multiple: 1_000_000_000), Name(spelling: "GiB", multiple: 1 << 30),
        ])

    /// Time in nanoseconds.
    static let duration = ScenarioUnit(
        title: "a duration such as 10s",
        names: [
            Name(spelling: "ns", multiple: 1), Name(spelling: "us", multiple: 1_000),
            Name(spelling: "ms", multiple: 1_000_000), Name(spelling: "s", multiple: 1_000_000_000),
            Name(spelling: "m", multiple: 60_000_000_000),
            Name(spelling: "h", multiple: 3_600_000_000_000),
        ])

    /// Messages per second, in billionths of a message per second.
    static let rate = ScenarioUnit(
        title: "a rate such as 100k/s",
        names: [
            Name(spelling: "/s", multiple: 1_000_000_000),
            Name(spelling: "k/s", multiple: 1_000_000_000_000),
            Name(spelling: "M/s", multiple: 1_000_000_000_000_000),
        ])

    /// A part of a whole, in billionths.
    static let share = ScenarioUnit(
        title: "a share such as 35%",
        names: [
            Name(spelling: "", multiple: 1_000_000_000), Name(spelling: "%", multiple: 10_000_000),
        ])

    /// A plain number, in billionths.
    static let number = ScenarioUnit(
        title: "a number such as 1.5", names: [Name(spelling: "", multiple: 1_000_000_000)])

    /// The unit probably meant by `text`: the nearest, else one it begins (`k` for `k/s`), else the
    /// longest that begins it (`s` for `sec`).
    func suggestion(for text: String) -> String? {
        guard !text.isEmpty else { return nil }
        let spellings = names.map(\.spelling)
        return NearestName.suggestion(for: text, among: spellings)
            ?? spellings.first { $0.hasPrefix(text) }
            ?? spellings.filter { text.hasPrefix($0) }.max { $0.count < $1.count }
    }

    /// `value`, counted in the smallest unit, as the shortest text that reads back as the same.
    func text(_ value: Int64) -> String {
        let fitting = names.filter { value % $0.multiple == 0 && value != 0 }
        // The decimal sizes are read but never written, so that a size has one rendering.
        let binary = fitting.filter { !["KB", "MB", "GB"].contains($0.spelling) }
        if let unit = binary.last { return "\(value / unit.multiple)\(unit.spelling)" }
        let first = names[0]
        guard first.multiple > 1 else { return "\(value)\(first.spelling)" }
        return DecimalNumber.text(billionths: value) + first.spelling
    }
}

extension ScenarioNode {
    /// Reads the value as a quantity of `unit` within `range`, counted in the smallest unit.
    func quantity(
        _ unit: ScenarioUnit, _ label: String, in range: ClosedRange<Int64>
    ) throws(ScenarioError) -> Int64 {
        let text = try scalar(label, expected: unit.title)
        guard let (number, spelling) = DecimalNumber.split(text) else {
            throw ScenarioError(
                position, .badValue(label: label, text: text, expected: unit.title))
        }
        guard let name = unit.names.first(where: { $0.spelling == spelling }) else {
            let spellings = unit.names.map(\.spelling)
            let nearest = unit.suggestion(for: spelling)
            let digits = text.utf8.prefix(text.utf8.count - spelling.utf8.count)
            let suggestion = nearest.map { String(decoding: digits, as: UTF8.self) + $0 }
            throw ScenarioError(
                position,
                .wrongUnit(label: label, text: text, units: spellings, suggestion: suggestion))
        }
        guard let value = number.whole(times: UInt64(name.multiple)), range.contains(value) else {
            throw ScenarioError(
                position,
                .outOfRange(
                    label: label, text: text, minimum: unit.text(range.lowerBound),
                    maximum: unit.text(range.upperBound)))
        }
        return value
    }
}
