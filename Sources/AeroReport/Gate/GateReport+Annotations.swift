// A gate's report as workflow commands that GitHub shows beside a change.

extension GateReport {
    /// One `::error` or `::warning` line per check that did not pass, worst first.
    ///
    /// - Parameter limit: Most lines of each level; GitHub shows ten errors and ten warnings per
    ///   step. A last line says how many were left out.
    package func annotations(limit: Int = 10) -> String {
        let errors = checks.filter { $0.verdict == .fail || $0.verdict == .invalid }
        let warnings = checks.filter { $0.verdict == .inconclusive }
        let lines =
            Self.lines("error", errors, limit: limit)
            + Self.lines("warning", warnings, limit: limit)
        return lines.map { $0 + "\n" }.joined()
    }

    private static func lines(_ level: String, _ checks: [GateCheck], limit: Int) -> [String] {
        let shown = checks.count > limit ? Swift.max(0, limit - 1) : checks.count
        var lines = checks.prefix(shown).map { check in
            let place = check.scenario.isEmpty ? "gate" : check.scenario
            let title = property("\(place): \(check.title)")
            return "::\(level) title=\(title)::\(message(check.explanation))"
        }
        if shown < checks.count {
            lines.append("::\(level) title=gate::\(checks.count - shown) more in the report")
        }
        return lines
    }

    /// A message: the three characters that end or change a workflow command.
    private static func message(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "%": escaped += "%25"
            case "\r": escaped += "%0D"
            case "\n": escaped += "%0A"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    /// A property: commas and colons would end it too.
    private static func property(_ text: String) -> String {
        var escaped = ""
        for scalar in message(text).unicodeScalars {
            switch scalar {
            case ",": escaped += "%2C"
            case ":": escaped += "%3A"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
