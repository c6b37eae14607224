// A history file: one entry a line, the newest last.

/// The entries of a history.
package struct History: Equatable, Sendable {
    /// Oldest first.
    package private(set) var entries: [HistoryEntry] = []

    /// An empty history.
    package init() {}

    /// Reads a file of JSON lines; empty lines are skipped.
    ///
    /// - Throws: `.line` with what is wrong in which.
    package init(decoding bytes: [UInt8]) throws(HistoryError) {
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() where line.contains(where: { $0 > 0x20 }) {
            do throws(ResultFileError) {
                let bytes = Array(line)
                try SchemaHeader.check(
                    bytes, name: HistoryEntry.schemaName, newest: HistoryEntry.currentVersion)
                entries.append(try DocumentEncoding.decode(HistoryEntry.self, bytes))
            } catch {
                throw .line(index + 1, error)
            }
        }
    }

    /// Adds an entry.
    ///
    /// - Parameter isAnchorNew: Whether it may be against another anchor than the newest entry.
    /// - Throws: `.repeated` for runs that are in the history, `.otherAnchor`.
    package mutating func append(
        _ entry: HistoryEntry, isAnchorNew: Bool = false
    ) throws(HistoryError) {
        let known = Set(entries.flatMap(\.runs))
        if let run = entry.runs.first(where: known.contains) { throw .repeated(run: run) }
        if let last = entries.last, last.anchor != entry.anchor, !isAnchorNew {
            throw .otherAnchor(found: entry.anchor, expected: last.anchor)
        }
        entries.append(entry)
    }

    /// The file: equal histories give equal bytes.
    ///
    /// - Throws: `.line` when a number is not finite.
    package func encoded() throws(HistoryError) -> [UInt8] {
        var bytes: [UInt8] = []
        for (index, entry) in entries.enumerated() {
            do throws(ResultFileError) {
                bytes += try DocumentEncoding.encode(entry, isPretty: false)
            } catch {
                throw .line(index + 1, error)
            }
        }
        return bytes
    }
}
