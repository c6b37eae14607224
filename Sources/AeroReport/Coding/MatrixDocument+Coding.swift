// Matrix documents to bytes and back.

extension MatrixDocument {
    /// The schema's name, without its version.
    package static let schemaName = "aerobench.matrix"
    /// The newest version that this release reads, and the one it writes.
    package static let currentVersion = 1
    /// The schema as written into a document.
    package static let currentSchema = "\(schemaName)/\(currentVersion)"

    /// The document as JSON: sorted keys, two-space indentation, a final newline.
    ///
    /// - Throws: `.notEncodable` when a number is not finite.
    package func encoded() throws(ResultFileError) -> [UInt8] {
        try DocumentEncoding.encode(self)
    }

    /// Reads the content of a matrix file.
    ///
    /// - Throws: What is wrong, with the path of the property concerned.
    package static func decode(_ bytes: [UInt8]) throws(ResultFileError) -> MatrixDocument {
        try SchemaHeader.check(bytes, name: schemaName, newest: currentVersion)
        let document = try DocumentEncoding.decode(MatrixDocument.self, bytes)
        try document.check()
        return document
    }

    /// What no type says: every cell fits the keys, and the order names cells that exist.
    private func check() throws(ResultFileError) {
        for (index, cell) in cells.enumerated() where cell.values.count != varied.count {
            throw .invalidValue(
                path: "cells[\(index)].values",
                detail: "\(cell.values.count) values for \(varied.count) varied keys")
        }
        for (index, cell) in order.enumerated() where !cells.indices.contains(cell) {
            throw .invalidValue(path: "order[\(index)]", detail: "there is no cell \(cell)")
        }
        let runs = cells.reduce(0) { $0 + $1.runs.count }
        guard runs == order.count else {
            throw .invalidValue(
                path: "order", detail: "\(order.count) runs, and \(runs) in the cells")
        }
    }
}
