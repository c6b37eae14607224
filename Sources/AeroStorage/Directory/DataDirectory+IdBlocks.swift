// The files that say which ids may have been handed out.

import AeroIO

/// Ids that are never given twice, over all lives of a data directory.
///
/// They are reserved by the block: what a file states is the end of the last one, below which any
/// may have been given.
package enum IdKind: String, Sendable {
    /// Of idempotent producers.
    case producers = "producer-ids"
    /// Of topics, those without a disk included.
    case topics = "topic-ids"
}

extension DataDirectory {
    /// The end of the last reservation; nil when there was none.
    ///
    /// - Throws: `.damaged`, `.system`.
    package func readIdEnd(_ kind: IdKind) throws(DataDirectoryError) -> Int64? {
        let file = path + "/" + kind.rawValue
        let bytes = try Self.run("read", file) { () throws(Errno) -> [UInt8]? in
            do throws(Errno) {
                return try disk.readFile(file, limit: 1 << 10)
            } catch .noSuchFile {
                return nil
            } catch {
                throw error
            }
        }
        guard let bytes else { return nil }
        guard let lines = SealedText.decode(bytes), lines.count == 1,
            let (key, value) = SealedText.field(lines[0]), key == "end",
            let end = Int64(value), end >= 0
        else {
            throw .damaged(path: file, what: "it does not name the end of a block")
        }
        return end
    }

    /// Makes a reservation durable: no id below `end` is handed out after a restart.
    ///
    /// - Throws: `.system`; the old reservation stays then.
    package func writeIdEnd(_ end: Int64, of kind: IdKind) throws(DataDirectoryError) {
        let file = path + "/" + kind.rawValue
        try Self.run("write", file) { () throws(Errno) in
            try disk.replaceFile(file, with: SealedText.encode(["end: \(end)"]))
        }
    }
}
