// The JSON Schema file and the Codable types say the same.

import FoundationEssentials
import Testing

@testable import AeroReport

struct ResultSchemaTests {
    private let schema: JSONValue
    private let validator: SchemaValidator
    private let sample: JSONValue

    init() throws {
        let file = try Self.bytes("Sources/AeroReport/Schema/aerobench.result-1.schema.json")
        schema = try DocumentEncoding.decode(JSONValue.self, file)
        validator = SchemaValidator(root: schema)
        let bytes = try SampleResult().document().encoded()
        sample = try DocumentEncoding.decode(JSONValue.self, bytes)
    }

    @Test func theSampleIsValid() {
        #expect(validator.breaches(of: sample) == [])
    }

    /// The sample fills every property, so equal names mean that file and code agree.
    @Test func everyPropertyIsInBoth() {
        var seen: Set<String> = []
        var problems: [String] = []
        walk(sample, schema, at: []) { value, rules, path in
            guard case .object(let members) = value,
                case .object(let properties)? = rules["properties"]
            else { return }
            let missing = Set(properties.keys).symmetricDifference(members.keys)
            if !missing.isEmpty { problems.append("\(path): only in one of both: \(missing)") }
            seen.formUnion(properties.keys)
        }
        #expect(problems == [])
        #expect(seen.count > 100)
    }

    /// What the schema requires, the decoder requires, by name; what it does not, neither does.
    @Test func requiredMeansRequired() throws {
        var removals: [(path: [Step], isRequired: Bool)] = []
        walk(sample, schema, at: []) { value, rules, path in
            guard case .object(let members) = value, rules["properties"] != nil,
                case .array(let required)? = rules["required"]
            else { return }
            for name in members.keys where !(path.isEmpty && name == "schema") {
                removals.append((path + [.name(name)], required.contains(.string(name))))
            }
        }
        #expect(removals.count > 200)
        for (path, isRequired) in removals {
            let broken = try DocumentEncoding.encode(sample.changing(path[...]) { _ in nil })
            let error = Self.error(decoding: broken)
            let expected = isRequired ? ResultFileError.missingField(path: Step.text(path)) : nil
            #expect(error == expected, "removed \(Step.text(path))")
        }
    }

    /// A value of another type is refused by both.
    @Test func typesMeanTheSame() throws {
        var leaves: [[Step]] = []
        walk(sample, schema, at: []) { value, rules, path in
            guard case .string = rules["type"], path.count > 0 else { return }
            leaves.append(path)
        }
        #expect(leaves.count > 200)
        for path in leaves {
            let broken = sample.changing(path[...]) { old in
                if case .object = old { return .array([]) }
                return .object([:])
            }
            #expect(!validator.breaches(of: broken).isEmpty, "schema at \(Step.text(path))")
            let error = Self.error(decoding: try DocumentEncoding.encode(broken))
            guard case .wrongType(let found, _)? = error else {
                Issue.record("decoder at \(Step.text(path)): \(String(describing: error))")
                continue
            }
            #expect(found == Step.text(path))
        }
    }

    @Test func enumerationsAreTheSame() {
        func choices(_ name: String) -> Set<String> {
            let reference = JSONValue.object(["$ref": .string("#/$defs/\(name)")])
            guard case .array(let values)? = validator.resolved(reference)["enum"] else {
                return []
            }
            return Set(values.map(\.description))
        }
        #expect(choices("WindowEnd") == Set(WindowEnd.allCases.map { "\"\($0.rawValue)\"" }))
        #expect(choices("IncidentKind") == Set(IncidentKind.allCases.map { "\"\($0.rawValue)\"" }))
        #expect(choices("ScheduleKind") == Set(ScheduleKind.allCases.map { "\"\($0.rawValue)\"" }))
    }

    /// A file of version 1 as the first release wrote it; never regenerate it.
    @Test func filesOfVersionOneStillDecode() throws {
        let file = try Self.bytes("Tests/AeroReportTests/Fixtures/result-1.json")
        let documents = try ResultDocument.decode(file)
        #expect(documents.count == 1)
        #expect(documents[0].scenario.name == "latency-1k")
        #expect(documents[0].classes[0].series["e2e.intended"]?.summary.p50 == 999_935)
        #expect(validator.breaches(of: try DocumentEncoding.decode(JSONValue.self, file)) == [])
        var candidate = documents[0]
        candidate.id = "another run"
        let report = try GateReport(baseline: documents, candidate: [candidate])
        // Single runs: nothing is wrong with them, and nothing follows from them.
        #expect(report.exitCode == .inconclusive)
    }

    private static func error(decoding bytes: [UInt8]) -> ResultFileError? {
        do {
            _ = try ResultDocument.decode(bytes)
            return nil
        } catch {
            return error
        }
    }

    /// Calls `visit` for a value and everything in it that the schema describes.
    private func walk(
        _ value: JSONValue, _ schema: JSONValue, at path: [Step],
        _ visit: (JSONValue, [String: JSONValue], [Step]) -> Void
    ) {
        let rules = validator.resolved(schema)
        visit(value, rules, path)
        switch value {
        case .object(let members):
            for (name, member) in members.sorted(by: { $0.key < $1.key }) {
                if case .object(let properties)? = rules["properties"], let own = properties[name] {
                    walk(member, own, at: path + [.name(name)], visit)
                } else if let own = rules["additionalProperties"] {
                    walk(member, own, at: path + [.name(name)], visit)
                }
            }
        case .array(let elements):
            guard let own = rules["items"] else { return }
            for (index, element) in elements.enumerated() {
                walk(element, own, at: path + [.index(index)], visit)
            }
        default: return
        }
    }

    private static func bytes(_ path: String) throws -> [UInt8] {
        let folders = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        let root = folders.dropLast(4).joined(separator: "/")
        return [UInt8](try #require(FileManager.default.contents(atPath: "\(root)/\(path)")))
    }
}

/// One step into a JSON value.
private enum Step {
    case name(String)
    case index(Int)

    static func text(_ path: [Step]) -> String {
        path.reduce("") { text, step in
            switch step {
            case .name(let name): return CodingPath.appending(name, to: text)
            case .index(let index): return "\(text)[\(index)]"
            }
        }
    }
}

extension JSONValue {
    /// The value with the place at `path` changed; nil removes it.
    fileprivate func changing(
        _ path: ArraySlice<Step>, _ change: (JSONValue) -> JSONValue?
    ) -> JSONValue {
        guard let step = path.first else { return self }
        let rest = path.dropFirst()
        func changed(_ old: JSONValue) -> JSONValue? {
            rest.isEmpty ? change(old) : old.changing(rest, change)
        }
        switch (self, step) {
        case (.object(var members), .name(let name)):
            members[name] = members[name].flatMap(changed)
            return .object(members)
        case (.array(var elements), .index(let index)):
            if let new = changed(elements[index]) { elements[index] = new }
            return .array(elements)
        default: return self
        }
    }
}
