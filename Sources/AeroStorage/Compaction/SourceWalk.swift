// The batches of a segment, one after the other, each checked.

import AeroIO
import AeroWire

/// Reads a segment from its start to its end.
internal struct SourceWalk: ~Copyable {
    private let path: String
    private let source: CompactionSource
    private var reader: StoredBatchReader
    private var position = 0
    private var offset: Int64

    init(_ source: CompactionSource, _ files: LogFiles) throws(StorageError) {
        let path = files.log(source.baseOffset)
        let file: any DiskFile
        do throws(Errno) {
            file = try files.disk.openForReading(path)
        } catch {
            throw .system(action: "open", path: path, error)
        }
        self.path = path
        self.source = source
        reader = StoredBatchReader(file, byteCount: source.byteCount)
        offset = source.baseOffset
    }

    /// The next batch; its bytes are valid until the next call. Nil behind the last.
    mutating func next() throws(StorageError) -> StoredBatch? {
        let found: FoundBatch
        do throws(Errno) {
            found = try reader.next(at: position, expecting: offset)
        } catch {
            throw .system(action: "read", path: path, error)
        }
        switch found {
        case .batch(let header):
            let bytes = reader.bytes(of: header, at: position)
            position += header.byteCount
            offset = header.nextOffset
            return StoredBatch(header: header, bytes: bytes)
        case .end:
            guard offset == source.nextOffset else {
                throw .damaged(
                    path: path, position: position,
                    what: "it ends at offset \(offset) instead of \(source.nextOffset)")
            }
            return nil
        case .bad(let what): throw .damaged(path: path, position: position, what: what)
        }
    }
}
