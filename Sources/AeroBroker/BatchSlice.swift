// Stored batches on their way out: from memory or straight from a file.

import AeroIO
import AeroMemory

/// Whole batches, wherever they are; whoever holds the slice keeps them there.
internal enum BatchSlice: Sendable {
    case memory(SharedSlice)
    case file(FileSlice)

    var byteCount: Int {
        switch self {
        case .memory(let slice): slice.byteCount
        case .file(let slice): slice.byteCount
        }
    }
}
