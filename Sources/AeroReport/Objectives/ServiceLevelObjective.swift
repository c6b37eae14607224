// Absolute limits on a result: the grammar and its parser.

/// One absolute limit, such as `e2e.intended.p99 < 5ms`.
///
/// ```
/// objective  = [ class ":" ] metric operator value
/// metric     = series "." ( "min" | "max" | "mean" | "p" NUMBER | "count" | "outOfRange" )
///            | "ledger." field | "throughput." field | "counts." field
///            | ( "generator." | "broker." ) field | "limit.share"
/// series     = "ack.intended" | "ack.actual" | "e2e.intended" | "e2e.actual" | "lag"
/// operator   = "<" | "<=" | ">" | ">=" | "==" | "!="
/// value      = NUMBER [ "k" | "M" | "G" ] [ unit ]
/// unit       = "ns" | "us" | "ms" | "s" | "m"        for latencies
///            | "/s" | "msg/s"                        for message rates
///            | "B" | "KB" | "KiB" | "MB" | …         for sizes, with "/s" for byte rates
///            | "%"                                   for shares, else a plain number; 1 is all
/// ```
///
/// Without a class, a latency limit holds for **each** class (a mix would hide a small hot class),
/// and counts and rates are sums over all classes. Zero needs no unit.
package struct ServiceLevelObjective: Equatable, Sendable {
    /// How the measured number has to compare with the limit.
    package enum Operator: String, Sendable, CaseIterable {
        /// Strictly below the limit.
        case lessThan = "<"
        /// Not above the limit.
        case atMost = "<="
        /// Strictly above the limit.
        case greaterThan = ">"
        /// Not below the limit.
        case atLeast = ">="
        /// Exactly the limit.
        case equal = "=="
        /// Anything but the limit.
        case different = "!="

        /// Whether `measured operator limit` is true.
        package func holds(_ measured: Double, _ limit: Double) -> Bool {
            switch self {
            case .lessThan: return measured < limit
            case .atMost: return measured <= limit
            case .greaterThan: return measured > limit
            case .atLeast: return measured >= limit
            case .equal: return measured == limit
            case .different: return measured != limit
            }
        }
    }

    /// The only class it applies to, or nil.
    package var className: String?
    /// What is measured.
    package var metric: Metric
    /// How it has to compare.
    package var comparison: Operator
    /// The limit, in the metric's unit.
    package var limit: Double

    /// Makes an objective from its parts; the limit is in the metric's unit.
    package init(className: String? = nil, metric: Metric, _ comparison: Operator, _ limit: Double)
    {
        self.className = className
        self.metric = metric
        self.comparison = comparison
        self.limit = limit
    }

    /// Reads one objective.
    ///
    /// - Throws: What is wrong and in which column, with the nearest metric for a misspelt one.
    package init(parsing text: String) throws(ObjectiveError) {
        guard let start = text.firstIndex(where: { "<>=!".contains($0) }) else {
            throw .missingOperator(text: text)
        }
        let tail = text[start...]
        let symbol = tail.prefix { "<>=!".contains($0) }
        let column = text.distance(from: text.startIndex, to: start) + 1
        guard let comparison = Operator(rawValue: String(symbol)) else {
            throw .unknownOperator(String(symbol), column: column)
        }
        let subject = try MetricReading(parsing: text[..<start], of: text)
        let value = tail.dropFirst(symbol.count).trimmed
        guard let limit = MetricValue.parse(value, unit: subject.metric.unit) else {
            throw .wrongValue(
                value, column: Self.column(of: value, in: text, after: symbol.endIndex),
                expected: MetricValue.expectation(for: subject.metric.unit))
        }
        self.init(className: subject.className, metric: subject.metric, comparison, limit)
    }

    /// The objective in its canonical spelling.
    package var text: String {
        let prefix = className.map { "\($0):" } ?? ""
        let value = MetricValue.text(limit, unit: metric.unit)
        return "\(prefix)\(metric.name) \(comparison.rawValue) \(value)"
    }

    /// The 1-based column where `part` starts; the column after the text when it is empty.
    static func column(
        of part: String, in text: String, after start: String.Index? = nil
    ) -> Int {
        let searched = text[(start ?? text.startIndex)...]
        guard let first = part.first else { return text.count + 1 }
        for index in searched.indices where text[index] == first {
            if text[index...].hasPrefix(part) {
                return text.distance(from: text.startIndex, to: index) + 1
            }
        }
        return 1
    }
}

/// What is wrong with the text of an objective. Columns count characters from 1.
package enum ObjectiveError: Error, Equatable, Sendable {
    /// No comparison at all.
    case missingOperator(text: String)
    /// A comparison that does not exist.
    case unknownOperator(String, column: Int)
    /// A colon without a class before it.
    case emptyClass(column: Int)
    /// A metric that does not exist.
    case unknownMetric(String, column: Int, nearest: String?)
    /// A limit that is no number or has a unit that does not fit the metric.
    case wrongValue(String, column: Int, expected: String)
}

extension ObjectiveError: CustomStringConvertible {
    /// One sentence for a human, without a full stop.
    package var description: String {
        switch self {
        case .missingOperator(let text):
            return "\"\(text)\" compares nothing: write METRIC < VALUE, "
                + "as in \"e2e.intended.p99 < 5ms\""
        case .unknownOperator(let symbol, let column):
            return "column \(column): unknown comparison \"\(symbol)\": "
                + "use <, <=, >, >=, == or !="
        case .emptyClass(let column):
            return "column \(column): there is no class before the colon"
        case .unknownMetric(let name, let column, let nearest):
            return "column \(column): unknown metric \"\(name)\""
                + SpellingHint.suffix(for: nearest)
        case .wrongValue(let value, let column, let expected):
            return "column \(column): \"\(value)\" is not \(expected)"
        }
    }
}

extension StringProtocol {
    /// The text without blanks and tabs at both ends.
    var trimmed: String {
        var text = self[...]
        while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return String(text)
    }
}
