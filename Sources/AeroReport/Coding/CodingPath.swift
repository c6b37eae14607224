// Paths of properties, as error messages show them.

/// Renders coding paths: `classes[0].series["e2e.intended"].summary.p99`.
enum CodingPath {
    /// The path of a list of keys; the root is called `the document`.
    static func text(_ keys: [any CodingKey]) -> String {
        var path = ""
        for key in keys {
            if let index = key.intValue {
                path += "[\(index)]"
            } else {
                path = appending(key.stringValue, to: path)
            }
        }
        return path.isEmpty ? "the document" : path
    }

    /// `path` with one more property; names that are not identifiers are quoted in brackets.
    static func appending(_ name: String, to path: String) -> String {
        let isPlain =
            !name.isEmpty && name.utf8.allSatisfy { byte in byte.isWordByte || byte == 0x2D }
        if isPlain { return path.isEmpty ? name : "\(path).\(name)" }
        return "\(path)[\"\(name)\"]"
    }
}

extension UInt8 {
    /// True for ASCII letters, digits and the underscore.
    fileprivate var isWordByte: Bool {
        switch self {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F: return true
        default: return false
        }
    }
}
