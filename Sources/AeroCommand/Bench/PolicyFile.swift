// Reading a gate's policy: YAML, or JSON.

import AeroIO
import AeroLoad
import AeroReport

enum PolicyFile {
    /// The policy of a file; the defaults without one.
    ///
    /// - Throws: `.failed` with the place of the mistake.
    static func read(_ path: String?) throws(CommandError) -> GatePolicy {
        guard let path else { return GatePolicy() }
        let bytes: [UInt8]
        do throws(Errno) { bytes = try InputFile.read(path) } catch {
            throw .failed("cannot read \(path): \(error)")
        }
        if path.hasSuffix(".json") {
            do throws(PolicyError) { return try GatePolicy(decoding: bytes) } catch {
                throw .failed("\(path): \(error)")
            }
        }
        let tree: ScenarioTree
        do throws(ScenarioError) { tree = try ScenarioTree(yaml: bytes, file: path) } catch {
            throw .failed("\(error)")
        }
        do throws(PolicyError) { return try GatePolicy(value(tree)) } catch {
            throw .failed("\(path): \(error)")
        }
    }

    /// YAML's scalars have no types here: whole numbers and `null` are told by their looks.
    private static func value(_ tree: ScenarioTree) -> JSONValue {
        switch tree {
        case .text("null"), .text("~"), .text(""): return .null
        case .text(let text): return Int64(text).map { .integer($0) } ?? .string(text)
        case .integer(let number): return .integer(Int64(clamping: number))
        case .list(let elements): return .array(elements.map(value))
        case .object(let members):
            var object: [String: JSONValue] = [:]
            for member in members { object[member.key] = value(member.value) }
            return .object(object)
        }
    }
}
