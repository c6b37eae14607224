// The files that a report is made of.

/// One file of a report.
package struct ReportSource: Sendable {
    /// What the file is called.
    package let name: String
    /// What is in it.
    package let content: ReportContent

    /// Reads the content of a file; its `schema` says of which kind it is.
    ///
    /// - Parameters:
    ///   - name: The file's name, as the report shows it.
    ///   - bytes: The whole file.
    /// - Throws: What is wrong, with the path of the property concerned.
    package init(name: String, decoding bytes: [UInt8]) throws(ResultFileError) {
        self.name = name
        switch try Self.schema(of: bytes) {
        case MatrixDocument.schemaName: content = .matrix(try MatrixDocument.decode(bytes))
        case CapacityDocument.schemaName: content = .capacity(try CapacityDocument.decode(bytes))
        default: content = .results(try ResultDocument.decode(bytes))
        }
    }

    /// Takes results that have been read already.
    package init(name: String, results: [ResultDocument]) {
        self.name = name
        content = .results(results)
    }

    /// The name of the schema without its version; nil for a list, which only results can be.
    private static func schema(of bytes: [UInt8]) throws(ResultFileError) -> String? {
        let first = bytes.first { $0 != 0x20 && $0 != 0x0A && $0 != 0x0D && $0 != 0x09 }
        if first == UInt8(ascii: "[") { return nil }
        let header = try DocumentEncoding.decode(SchemaHeader.self, bytes)
        return header.schema?.split(separator: "/").first.map(String.init)
    }
}

/// What can be reported.
package enum ReportContent: Sendable {
    /// Runs.
    case results([ResultDocument])
    /// One scenario with varied values.
    case matrix(MatrixDocument)
    /// The search for the largest rate.
    case capacity(CapacityDocument)
}
