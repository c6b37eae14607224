// Files that come with the project and are called by their names.

import AeroReport

/// Finds scenarios and matrices.
enum ShippedFile {
    /// The path of a file.
    ///
    /// - Parameters:
    ///   - name: A path, or the name of a file in `folder` without its ending.
    ///   - folder: Looked up from the working directory.
    ///   - kind: What it is, for the error.
    ///   - kinds: Several of them.
    ///   - remedy: What else may have been meant, for the error's end.
    static func find(
        _ name: String, in folder: String, _ kind: String, plural kinds: String,
        remedy: String = ""
    ) throws(CommandError) -> String {
        if InputFile.exists(name) { return name }
        let named = "\(folder)/\(name).yaml"
        if !name.contains("/"), InputFile.exists(named) { return named }
        let known = InputFile.names(in: folder).filter { $0.hasSuffix(".yaml") }
            .map { String($0.dropLast(".yaml".count)) }
        let list = known.isEmpty ? "" : "; \(kinds) here: " + known.joined(separator: ", ")
        throw .failed(
            "there is no \(kind) file \(name)" + Spelling.hint(for: name, among: known) + list
                + remedy)
    }
}
