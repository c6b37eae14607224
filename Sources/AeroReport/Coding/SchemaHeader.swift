// Tells a foreign file from a newer one before a missing property would confuse the two.

/// The one property that every version of every document has.
struct SchemaHeader: Decodable {
    /// The schema and its version, such as `aerobench.matrix/1`.
    var schema: String?

    /// Checks that a document is what is expected, in a version that this release reads.
    ///
    /// - Throws: `.otherSchema` or `.unknownVersion`.
    static func check(
        _ bytes: [UInt8], name: String, newest: Int
    ) throws(ResultFileError) {
        let header = try DocumentEncoding.decode(SchemaHeader.self, bytes)
        let prefix = name + "/"
        guard let schema = header.schema, schema.hasPrefix(prefix),
            let version = Int(schema.dropFirst(prefix.count))
        else { throw .otherSchema(found: header.schema, expected: name) }
        guard (1...newest).contains(version) else {
            throw .unknownVersion(found: schema, newestReadable: newest)
        }
    }
}
