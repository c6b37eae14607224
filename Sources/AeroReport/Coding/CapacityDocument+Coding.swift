// Capacity documents to bytes and back.

extension CapacityDocument {
    /// The schema's name, without its version.
    package static let schemaName = "aerobench.capacity"
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

    /// Reads the content of a capacity file.
    ///
    /// - Throws: What is wrong, with the path of the property concerned.
    package static func decode(_ bytes: [UInt8]) throws(ResultFileError) -> CapacityDocument {
        try SchemaHeader.check(bytes, name: schemaName, newest: currentVersion)
        let document = try DocumentEncoding.decode(CapacityDocument.self, bytes)
        try document.check()
        return document
    }

    /// What no type says: the curve is made of probes, and the interval is one.
    private func check() throws(ResultFileError) {
        for (index, point) in curve.enumerated() where !probes.indices.contains(point.probe) {
            throw .invalidValue(
                path: "curve[\(index)].probe", detail: "there is no probe \(point.probe)")
        }
        if let lower = answer.lowerPerSecond, let upper = answer.upperPerSecond, lower > upper {
            throw .invalidValue(
                path: "answer", detail: "the lower end \(lower) is above the upper one \(upper)")
        }
    }
}
