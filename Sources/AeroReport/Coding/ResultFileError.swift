// What can be wrong with a result file.

/// Why bytes are not result documents, or a document cannot become bytes.
package enum ResultFileError: Error, Equatable, Sendable {
    /// The bytes are not JSON at all; `detail` says where they stop being JSON.
    case notJSON(detail: String)
    /// JSON, but not a result: `found` is its `schema`, or nil when it has none.
    case wrongSchema(found: String?)
    /// JSON, but another document than the one expected, which has no `schema` for nil.
    case otherSchema(found: String?, expected: String)
    /// A result of a version that this release cannot read.
    case unknownVersion(found: String, newestReadable: Int)
    /// A required property is not there.
    case missingField(path: String)
    /// A property has another type than the schema says.
    case wrongType(path: String, expected: String)
    /// A property has the right type and an impossible value.
    case invalidValue(path: String, detail: String)
    /// The file holds an empty list.
    case noResults
    /// A value has no JSON form: a rate that is not a finite number.
    case notEncodable(path: String)
}

extension ResultFileError: CustomStringConvertible {
    /// One sentence for a human, without a full stop, fit for "FILE: …".
    package var description: String {
        switch self {
        case .notJSON(let detail):
            return "not JSON: \(detail)"
        case .wrongSchema(nil):
            return "not a result file: it has no \"schema\" property"
        case .wrongSchema(let found?):
            return "not a result file: its schema is \"\(found)\", "
                + "not \"\(ResultDocument.schemaName)/N\""
        case .otherSchema(nil, let expected):
            return "not a file of \"\(expected)/N\": it has no \"schema\" property"
        case .otherSchema(let found?, let expected):
            return "its schema is \"\(found)\", not \"\(expected)/N\""
        case .unknownVersion(let found, let newest):
            return "written by a newer release: its schema is \"\(found)\", "
                + "and this release reads up to version \(newest)"
        case .missingField(let path):
            return "the required property \(path) is missing"
        case .wrongType(let path, let expected):
            return "\(path) is not \(expected)"
        case .invalidValue(let path, let detail):
            return "\(path) is impossible: \(detail)"
        case .noResults:
            return "the file holds an empty list of results"
        case .notEncodable(let path):
            return "\(path) is not a finite number and cannot be written"
        }
    }
}
