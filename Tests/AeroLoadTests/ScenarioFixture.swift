// Scenario texts and files for the tests.

import AeroLoad
import Glibc

/// Scenarios as the tests write them.
enum ScenarioFixture {
    /// The shortest legal scenario.
    static let minimal = """
        name: tiny
        duration: 1s
        classes:
          - name: main
            message-size: 1KiB
            load: { schedule: constant, rate: 10/s }
        """

    /// Parses `text` as `scenario.yaml`.
    static func parse(
        _ text: String, overrides: [String] = []
    ) throws(ScenarioError) -> Scenario {
        try Scenario.parse(Array(text.utf8), fileName: "scenario.yaml", overrides: overrides)
    }

    /// What the parser says to `text`, or "no error".
    static func message(_ text: String, overrides: [String] = []) -> String {
        do throws(ScenarioError) {
            _ = try parse(text, overrides: overrides)
            return "no error"
        } catch {
            return error.description
        }
    }

    /// A scenario with one class whose keys after `name` are `lines`.
    static func withClass(_ lines: String) -> String {
        let keys = lines.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n")
        return "name: x\nduration: 10s\nclasses:\n  - name: main\n\(keys)\n"
    }

    /// The folder of the shipped scenarios.
    static let shippedFolder: String = {
        let components = #filePath.split(separator: "/").dropLast(3)
        return "/" + components.joined(separator: "/") + "/Benchmarks/Scenarios"
    }()

    /// The path of a file there, from which the files that it names are found.
    static func shippedPath(_ name: String) -> String { "\(shippedFolder)/\(name)" }

    /// The names of the shipped scenario files, sorted.
    static func shippedFiles() -> [String] {
        guard let folder = opendir(shippedFolder) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasSuffix(".yaml") { names.append(name) }
        }
        return names.sorted()
    }

    /// The bytes of a shipped scenario file.
    static func shippedBytes(_ name: String) -> [UInt8] {
        guard let file = fopen("\(shippedFolder)/\(name)", "r") else { return [] }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = fread(&bytes, 1, bytes.count, file)
        return Array(bytes.prefix(count))
    }
}
