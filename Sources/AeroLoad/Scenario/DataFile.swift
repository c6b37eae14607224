// Files that a scenario names.

import AeroIO

enum DataFile {
    /// The whole file.
    ///
    /// - Parameters:
    ///   - node: Where it is named: a relative path starts at the folder of the scenario's file,
    ///     and on the command line at the working directory.
    ///   - path: What is written there.
    static func read(_ node: ScenarioNode, _ path: String) throws(ScenarioError) -> [UInt8] {
        let place = resolved(path, at: node)
        do throws(Errno) {
            return try WholeFile.read(place, byteCountMax: ScenarioLimits.dataFileByteCount)
        } catch {
            throw ScenarioError(
                node.position, .contradiction("cannot read the file \(place): \(error)"))
        }
    }

    /// The path as the working directory has it.
    static func resolved(_ path: String, at node: ScenarioNode) -> String {
        guard !path.hasPrefix("/"), case .file(let name, _, _) = node.position,
            let slash = name.lastIndex(of: "/")
        else { return path }
        return name[...slash] + path
    }
}
