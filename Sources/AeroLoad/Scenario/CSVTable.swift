// Tables in files that scenarios name: comma-separated, strict.

/// Reads the lines of a small dialect of CSV: no quotes, no blanks, no empty lines.
struct CSVTable {
    private let bytes: [UInt8]
    private let path: String
    private var position = 0
    /// The line read last, from 1.
    private(set) var line = 0

    /// - Parameter path: How errors call the file.
    init(_ bytes: [UInt8], path: String) {
        self.bytes = bytes
        self.path = path
    }

    /// A fault in the line read last.
    func error(_ explanation: String) -> ScenarioError {
        ScenarioError(
            .file(name: path, line: max(1, line), column: 1), .contradiction(explanation))
    }

    /// The names in the first line.
    mutating func header() throws(ScenarioError) -> [String] {
        guard let fields = nextFields() else { throw error("the file is empty") }
        return fields
    }

    /// The next line's fields; nil at the end.
    mutating func next(columnCount: Int) throws(ScenarioError) -> [String]? {
        guard let fields = nextFields() else { return nil }
        guard fields.count == columnCount else {
            throw error("\(fields.count) fields, and the first line names \(columnCount)")
        }
        return fields
    }

    /// A field as the size of a message.
    func size(_ field: String) throws(ScenarioError) -> Int32 {
        let range = ScenarioLimits.messageByteCount
        guard let size = Int32(field), range.contains(Int64(size)) else {
            throw error(
                "\"\(ScenarioError.Reason.quotable(field))\" is not a whole number of bytes from "
                    + "\(range.lowerBound) to \(range.upperBound)")
        }
        return size
    }

    private mutating func nextFields() -> [String]? {
        guard position < bytes.count else { return nil }
        line += 1
        let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
        var text = bytes[position..<end]
        // Files from other systems end their lines with two characters.
        if text.last == UInt8(ascii: "\r") { text.removeLast() }
        position = end + 1
        return text.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
    }
}
