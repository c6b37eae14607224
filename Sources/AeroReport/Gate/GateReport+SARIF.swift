// A gate's report as SARIF, which code-scanning systems show.

extension GateReport {
    /// The report as SARIF 2.1.0, deterministic.
    ///
    /// A failing or invalid check is an `error`, an inconclusive one a `warning`; passes are left
    /// out. Source: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0".
    ///
    /// - Parameter place: What the results are about, usually the candidate's file: systems show
    ///   nothing that has no place.
    /// - Throws: Never for text; kept from the encoder.
    package func sarif(place: String) throws(ResultFileError) -> [UInt8] {
        let shown = checks.filter { $0.verdict != .pass }
        let kinds: [GateCheckKind] = [
            .scenarioSet, .comparability, .validity, .ledger, .objective, .relative, .counter,
        ]
        let driver: JSONValue = .object([
            "name": .string("aerobench gate"),
            "rules": .array(kinds.map(Self.rule)),
        ])
        let run: JSONValue = .object([
            "tool": .object(["driver": driver]),
            "results": .array(shown.map { Self.result($0, kinds: kinds, place: place) }),
            "properties": .object([
                "exitCode": .integer(Int64(exitCode.rawValue)),
                "verdict": .string(verdictText),
            ]),
        ])
        return try DocumentEncoding.encode(
            JSONValue.object([
                "$schema": .string("https://json.schemastore.org/sarif-2.1.0.json"),
                "version": .string("2.1.0"), "runs": .array([run]),
            ]))
    }

    private static func rule(_ kind: GateCheckKind) -> JSONValue {
        .object([
            "id": .string(kind.rawValue),
            "shortDescription": .object(["text": .string(description(of: kind))]),
        ])
    }

    private static func description(of kind: GateCheckKind) -> String {
        switch kind {
        case .scenarioSet: return "Both sides have the same scenarios, classes and series."
        case .comparability: return "Both sides ran in comparable circumstances."
        case .validity: return "The runs can be believed."
        case .ledger: return "No message was lost, duplicated, reordered, misrouted or corrupted."
        case .objective: return "Absolute limits hold."
        case .relative: return "The candidate is not worse than the baseline."
        case .counter: return "A message costs the candidate no more than the baseline."
        }
    }

    private static func result(
        _ check: GateCheck, kinds: [GateCheckKind], place: String
    ) -> JSONValue {
        let scenario = check.scenario.isEmpty ? "" : "\(check.scenario): "
        let level = check.verdict == .inconclusive ? "warning" : "error"
        let location: JSONValue = .object([
            "physicalLocation": .object([
                "artifactLocation": .object(["uri": .string(uri(place))]),
                "region": .object(["startLine": .integer(1)]),
            ]),
            "logicalLocations": .array([
                .object(["fullyQualifiedName": .string("\(scenario)\(check.title)")])
            ]),
        ])
        return .object([
            "ruleId": .string(check.kind.rawValue),
            "ruleIndex": .integer(Int64(kinds.firstIndex(of: check.kind) ?? 0)),
            "level": .string(level),
            "message": .object(["text": .string("\(scenario)\(check.explanation)")]),
            "locations": .array([location]),
            // Tells a later run's finding from this one's by what it is about, not by its numbers.
            "partialFingerprints": .object([
                "check/v1": .string("\(scenario)\(check.kind.rawValue): \(check.title)")
            ]),
        ])
    }

    /// A path as a relative reference: what a URI cannot hold is percent-encoded.
    private static func uri(_ path: String) -> String {
        let digits = Array("0123456789ABCDEF".unicodeScalars)
        var text = ""
        for byte in path.utf8 {
            let scalar = Unicode.Scalar(byte)
            let isPlain =
                scalar.isASCII
                && (scalar.properties.isAlphabetic || (0x30...0x39).contains(byte)
                    || "-._~/".unicodeScalars.contains(scalar))
            if isPlain {
                text.unicodeScalars.append(scalar)
            } else {
                text.unicodeScalars.append("%")
                text.unicodeScalars.append(digits[Int(byte >> 4)])
                text.unicodeScalars.append(digits[Int(byte & 15)])
            }
        }
        return text
    }
}
