// Files that a scenario names.

import AeroIO

/// A file that a scenario names.
package struct DataFile: Sendable, Equatable {
    /// As it is written.
    package let name: String
    /// Where it is, as the working directory has it.
    package let place: String

    /// A file that is named where it is.
    package init(_ place: String) {
        name = place
        self.place = place
    }

    /// - Parameters:
    ///   - name: What is written there.
    ///   - node: Where it is named: a relative path starts at the folder of the scenario's file,
    ///     and on the command line at the working directory.
    init(_ name: String, at node: ScenarioNode) {
        self.name = name
        guard !name.hasPrefix("/"), case .file(let scenario, _, _) = node.position,
            let slash = scenario.lastIndex(of: "/")
        else {
            place = name
            return
        }
        place = scenario[...slash] + name
    }

    /// Equal when the name is: a scenario is the same wherever it is.
    package static func == (a: DataFile, b: DataFile) -> Bool { a.name == b.name }

    /// The whole file.
    ///
    /// - Parameter node: Where it is named, for errors.
    func read(_ node: ScenarioNode) throws(ScenarioError) -> [UInt8] {
        do throws(Errno) {
            return try WholeFile.read(place, byteCountMax: ScenarioLimits.dataFileByteCount)
        } catch {
            throw ScenarioError(
                node.position, .contradiction("cannot read the file \(place): \(error)"))
        }
    }
}
