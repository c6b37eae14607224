// The schemas of matrix and capacity files and the Codable types say the same.

import FoundationEssentials
import Testing

@testable import AeroReport

struct SearchSchemaTests {
    /// A schema, and a sample that fills every property of the types it is about.
    private struct Pair {
        let schema: JSONValue
        let sample: JSONValue
        var validator: SchemaValidator { SchemaValidator(root: schema) }
    }

    private func pair(_ name: String) throws -> Pair {
        let folders = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        let root = folders.dropLast(4).joined(separator: "/")
        let path = "\(root)/Sources/AeroReport/Schema/aerobench.\(name)-1.schema.json"
        let file = [UInt8](try #require(FileManager.default.contents(atPath: path)))
        let bytes =
            name == "matrix"
            ? try SampleSearches.matrix().encoded() : try SampleSearches.capacity().encoded()
        return Pair(
            schema: try DocumentEncoding.decode(JSONValue.self, file),
            sample: try DocumentEncoding.decode(JSONValue.self, bytes))
    }

    @Test(arguments: ["matrix", "capacity"]) func theSampleIsValid(name: String) throws {
        let pair = try pair(name)
        #expect(pair.validator.breaches(of: pair.sample) == [])
    }

    @Test(arguments: ["matrix", "capacity"]) func noPropertyIsInOneOnly(name: String) throws {
        let pair = try pair(name)
        var described: [String: Set<String>] = [:]
        var seen: [String: Set<String>] = [:]
        walk(pair, pair.sample, pair.schema, "") { definition, properties, members in
            described[definition] = properties
            seen[definition, default: []].formUnion(members)
        }
        #expect(described.count > 8)
        // Written by this module alone; what is copied is held by ResultSchemaTests.
        let own = described.keys.filter {
            $0.isEmpty || $0.hasPrefix("Capacity") || $0.hasPrefix("Matrix") || $0 == "VariedKey"
        }
        #expect(own.count >= 4)
        for definition in own {
            let optional: Set = ["generatorLimitPerSecond"]
            let missing = (described[definition] ?? []).subtracting(optional)
                .symmetricDifference((seen[definition] ?? []).subtracting(optional))
            #expect(missing.isEmpty, "\(definition): \(missing)")
        }
    }

    @Test(arguments: ["matrix", "capacity"]) func requiredMeansRequired(name: String) throws {
        let pair = try pair(name)
        guard case .object(let rules) = pair.schema, case .array(let required)? = rules["required"],
            case .object(let members) = pair.sample
        else {
            Issue.record("a schema requires something")
            return
        }
        for property in required {
            guard case .string(let property) = property, property != "schema" else { continue }
            var fewer = members
            fewer[property] = nil
            let bytes = try DocumentEncoding.encode(JSONValue.object(fewer))
            #expect(throws: ResultFileError.missingField(path: property)) {
                if name == "matrix" {
                    _ = try MatrixDocument.decode(bytes)
                } else {
                    _ = try CapacityDocument.decode(bytes)
                }
            }
        }
        #expect(required.count == members.count, "every property at the top is required")
    }

    @Test func enumerationsAreTheSame() throws {
        let validator = try pair("capacity").validator
        func choices(_ name: String) -> [String] {
            let reference = JSONValue.object(["$ref": .string("#/$defs/\(name)")])
            guard case .array(let values)? = validator.resolved(reference)["enum"] else {
                return []
            }
            return values.map { $0.description.filter { $0 != "\"" } }
        }
        #expect(choices("CapacityPhase") == CapacityPhase.allCases.map(\.rawValue))
        #expect(choices("CapacityVerdict") == CapacityVerdict.allCases.map(\.rawValue))
        #expect(choices("CapacityAnswerKind") == CapacityAnswerKind.allCases.map(\.rawValue))
    }

    /// Visits every object that has a definition, with its name and both sets of properties.
    private func walk(
        _ pair: Pair, _ value: JSONValue, _ schema: JSONValue, _ definition: String,
        _ visit: (String, Set<String>, Set<String>) -> Void
    ) {
        var name = definition
        if case .object(let members) = schema, case .string(let reference)? = members["$ref"] {
            name = String(reference.dropFirst("#/$defs/".count))
        }
        let rules = pair.validator.resolved(schema)
        switch value {
        case .object(let members):
            guard case .object(let properties)? = rules["properties"] else {
                guard let own = rules["additionalProperties"] else { return }
                for member in members.values { walk(pair, member, own, name, visit) }
                return
            }
            visit(name, Set(properties.keys), Set(members.keys))
            for (key, member) in members {
                if let own = properties[key] { walk(pair, member, own, "inside \(name)", visit) }
            }
        case .array(let elements):
            guard let own = rules["items"] else { return }
            for element in elements { walk(pair, element, own, name, visit) }
        default: return
        }
    }
}
