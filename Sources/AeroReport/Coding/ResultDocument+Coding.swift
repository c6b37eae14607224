// Result documents to bytes and back.

import FoundationEssentials

extension ResultDocument {
    /// The schema's name, without its version.
    package static let schemaName = "aerobench.result"
    /// The newest version that this release reads, and the one it writes.
    package static let currentVersion = 1
    /// The schema as written into a document.
    package static let currentSchema = "\(schemaName)/\(currentVersion)"

    /// The document as JSON: sorted keys, two-space indentation, a final newline.
    ///
    /// Equal documents give equal bytes.
    /// - Throws: `.notEncodable` when a number is not finite.
    package func encoded() throws(ResultFileError) -> [UInt8] {
        try DocumentEncoding.encode(self)
    }

    /// Several documents as one JSON list, in their order.
    ///
    /// - Throws: `.notEncodable` when a number is not finite.
    package static func encoded(_ documents: [ResultDocument]) throws(ResultFileError) -> [UInt8] {
        try DocumentEncoding.encode(documents)
    }

    /// Reads the content of a result file: one document or a list of them.
    ///
    /// - Parameter bytes: The whole file.
    /// - Returns: At least one document, in the file's order.
    /// - Throws: What is wrong, with the path of the property concerned.
    package static func decode(_ bytes: [UInt8]) throws(ResultFileError) -> [ResultDocument] {
        let isList = bytes.first { !isJSONSpace($0) } == UInt8(ascii: "[")
        if !isList {
            try check(try DocumentEncoding.decode(SchemaHeader.self, bytes))
            return [try DocumentEncoding.decode(ResultDocument.self, bytes)]
        }
        let headers = try DocumentEncoding.decode([SchemaHeader].self, bytes)
        if headers.isEmpty { throw .noResults }
        for header in headers { try check(header) }
        return try DocumentEncoding.decode([ResultDocument].self, bytes)
    }

    private static func isJSONSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }

    /// Tells a foreign file from a newer one before a missing property would confuse the two.
    private static func check(_ header: SchemaHeader) throws(ResultFileError) {
        guard let schema = header.schema else { throw .wrongSchema(found: nil) }
        let prefix = schemaName + "/"
        guard schema.hasPrefix(prefix), let version = Int(schema.dropFirst(prefix.count)) else {
            throw .wrongSchema(found: schema)
        }
        guard (1...currentVersion).contains(version) else {
            throw .unknownVersion(found: schema, newestReadable: currentVersion)
        }
    }
}

/// JSON as this module writes and reads it, with Foundation's errors turned into typed ones.
enum DocumentEncoding {
    /// Any document as deterministic JSON with a final newline.
    ///
    /// - Parameter isPretty: Whether it is indented, instead of one line.
    static func encode(
        _ value: some Encodable, isPretty: Bool = true
    ) throws(ResultFileError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if isPretty { encoder.outputFormatting.insert(.prettyPrinted) }
        do {
            return [UInt8](try encoder.encode(value)) + [UInt8(ascii: "\n")]
        } catch EncodingError.invalidValue(_, let context) {
            throw .notEncodable(path: CodingPath.text(context.codingPath))
        } catch {
            throw .notEncodable(path: CodingPath.text([]))
        }
    }

    /// Reads JSON of a known shape.
    static func decode<Value: Decodable>(
        _ type: Value.Type, _ bytes: [UInt8]
    ) throws(ResultFileError) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch let error as DecodingError {
            throw translate(error)
        } catch {
            throw .notJSON(detail: "\(error)")
        }
    }

    private static func translate(_ error: DecodingError) -> ResultFileError {
        switch error {
        case .keyNotFound(let key, let context):
            return .missingField(path: CodingPath.text(context.codingPath + [key]))
        case .valueNotFound(let type, let context), .typeMismatch(let type, let context):
            let path = CodingPath.text(context.codingPath)
            return .wrongType(path: path, expected: expectation(of: type))
        case .dataCorrupted(let context):
            if context.codingPath.isEmpty {
                let cause = context.underlyingError.map { "\($0)" } ?? context.debugDescription
                return .notJSON(detail: cause)
            }
            let path = CodingPath.text(context.codingPath)
            return .invalidValue(path: path, detail: context.debugDescription)
        @unknown default:
            return .notJSON(detail: "\(error)")
        }
    }

    private static func expectation(of type: any Any.Type) -> String {
        switch type {
        case is Bool.Type: return "true or false"
        case is Int.Type, is Int64.Type, is UInt64.Type: return "an integer"
        case is Double.Type: return "a number"
        case is String.Type: return "a string"
        case is [Any].Type: return "a list"
        default: return "an object"
        }
    }
}
