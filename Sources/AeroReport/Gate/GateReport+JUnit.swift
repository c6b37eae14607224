// A gate's report as JUnit XML.

extension GateReport {
    /// One test suite per scenario, one test case per check.
    ///
    /// A failing check is a `failure`, an invalid one an `error`, an inconclusive one is `skipped`
    /// with its reason. Source: the XML that Jenkins and GitLab read.
    package var junit: String {
        var lines = ["<?xml version=\"1.0\" encoding=\"UTF-8\"?>"]
        lines.append("<testsuites name=\"aerobench gate\"\(Self.counts(checks))>")
        var scenarios: [String] = []
        for check in checks where !scenarios.contains(check.scenario) {
            scenarios.append(check.scenario)
        }
        for scenario in scenarios {
            let own = checks.filter { $0.scenario == scenario }
            let name = XMLText.escaped(scenario.isEmpty ? "all scenarios" : scenario)
            lines.append("  <testsuite name=\"\(name)\"\(Self.counts(own))>")
            for check in own { lines += Self.testCase(check, suite: name) }
            lines.append("  </testsuite>")
        }
        lines.append("</testsuites>")
        return lines.joined(separator: "\n") + "\n"
    }

    private static func counts(_ checks: [GateCheck]) -> String {
        func count(_ verdict: GateVerdict) -> Int { checks.filter { $0.verdict == verdict }.count }
        return " tests=\"\(checks.count)\" failures=\"\(count(.fail))\""
            + " errors=\"\(count(.invalid))\" skipped=\"\(count(.inconclusive))\""
    }

    private static func testCase(_ check: GateCheck, suite: String) -> [String] {
        let attributes =
            "classname=\"\(suite).\(check.kind.rawValue)\" name=\"\(XMLText.escaped(check.title))\""
        let reason = XMLText.escaped(check.explanation)
        let element: String
        switch check.verdict {
        case .pass:
            return [
                "    <testcase \(attributes)>", "      <system-out>\(reason)</system-out>",
                "    </testcase>",
            ]
        case .fail: element = "failure"
        case .invalid: element = "error"
        case .inconclusive: element = "skipped"
        }
        let type = check.verdict == .inconclusive ? "" : " type=\"\(check.kind.rawValue)\""
        return [
            "    <testcase \(attributes)>",
            "      <\(element) message=\"\(reason)\"\(type)></\(element)>",
            "    </testcase>",
        ]
    }
}

/// Text made safe for XML 1.0.
enum XMLText {
    /// Escapes markup; characters that XML 1.0 cannot hold become a question mark.
    static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&apos;"
            case "\n": escaped += "&#10;"
            case "\r": escaped += "&#13;"
            case "\t": escaped += "&#9;"
            case "\u{0}"..."\u{1F}", "\u{FFFE}", "\u{FFFF}": escaped += "?"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
