// The file that says which producer ids may have been handed out.

import AeroIO

extension DataDirectory {
    private var producerIdsPath: String { path + "/producer-ids" }

    /// The end of the last reservation; nil when there was none.
    ///
    /// - Throws: `.damaged`, `.system`.
    package func readProducerIdEnd() throws(DataDirectoryError) -> Int64? {
        let bytes = try Self.run("read", producerIdsPath) { () throws(Errno) -> [UInt8]? in
            do throws(Errno) {
                return try disk.readFile(producerIdsPath, limit: 1 << 10)
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
            throw .damaged(path: producerIdsPath, what: "it does not name the end of a block")
        }
        return end
    }

    /// Makes a reservation durable: no id below `end` is handed out after a restart.
    ///
    /// - Throws: `.system`; the old reservation stays then.
    package func writeProducerIdEnd(_ end: Int64) throws(DataDirectoryError) {
        try Self.run("write", producerIdsPath) { () throws(Errno) in
            try disk.replaceFile(producerIdsPath, with: SealedText.encode(["end: \(end)"]))
        }
    }
}
