// What a process did to the files of a directory, in order.

import AeroIO

/// One line of the journal that `power_shim.c` writes.
enum PowerJournalEntry: Equatable {
    enum SyncKind: String { case file = "f", directory = "d", fileSystem = "s" }

    case written(path: String, position: Int, byteCount: Int)
    case resized(path: String, byteCount: Int)
    case created(path: String)
    case createdDirectory(path: String)
    /// The backup is what stood at the target before; nil for nothing.
    case renamed(source: String, target: String, backup: String?)
    case removed(path: String, backup: String?)
    case removedDirectory(path: String)
    case syncBegan(number: Int, SyncKind, path: String)
    case syncEnded(number: Int)

    /// Reads a line; nil for one that is none.
    init?(_ line: Substring) {
        let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        func backup(_ text: String) -> String? { text == "-" ? nil : text }
        switch (fields[0], fields.count) {
        case ("W", 4):
            guard let position = Int(fields[1]), let count = Int(fields[2]) else { return nil }
            self = .written(path: fields[3], position: position, byteCount: count)
        case ("T", 3):
            guard let count = Int(fields[1]) else { return nil }
            self = .resized(path: fields[2], byteCount: count)
        case ("C", 2): self = .created(path: fields[1])
        case ("M", 2): self = .createdDirectory(path: fields[1])
        case ("R", 4):
            self = .renamed(source: fields[1], target: fields[2], backup: backup(fields[3]))
        case ("U", 3): self = .removed(path: fields[1], backup: backup(fields[2]))
        case ("X", 2): self = .removedDirectory(path: fields[1])
        case ("B", 4):
            guard let number = Int(fields[1]), let kind = SyncKind(rawValue: fields[2]) else {
                return nil
            }
            self = .syncBegan(number: number, kind, path: fields[3])
        case ("E", 2):
            guard let number = Int(fields[1]) else { return nil }
            self = .syncEnded(number: number)
        default: return nil
        }
    }

    /// Reads a journal. Its last line may be cut off: its writer was killed.
    /// - Throws: `Errno.protocolError` for a line that is none.
    static func read(_ path: String) throws(Errno) -> [PowerJournalEntry] {
        let bytes: [UInt8]
        do throws(Errno) {
            bytes = try SystemDisk().readFile(path, limit: 1 << 30)
        } catch .noSuchFile {
            return []
        }
        let text = String(decoding: bytes, as: UTF8.self)
        var entries: [PowerJournalEntry] = []
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        // Behind the last line break is nothing, or half a line.
        for line in lines.dropLast() {
            guard let entry = PowerJournalEntry(line) else { throw .protocolError }
            entries.append(entry)
        }
        return entries
    }
}
