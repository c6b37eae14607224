// What recovery found in a log, and what it did.

/// One thing that recovery has to tell.
package enum RecoveryFinding: Sendable, Equatable {
    /// A write had not ended: these bytes at the end were cut. They were never acknowledged as
    /// durable.
    case tornEnd(file: String, byteCount: Int)
    /// Bytes were cut that were not just a torn end; they are kept in this file.
    case quarantined(file: String, byteCount: Int, copy: String, what: String)
    /// An entry that is not the log's; it was left alone.
    case foreign(path: String)

    /// Whether somebody should look at it.
    package var isAlarm: Bool {
        if case .quarantined = self { return true }
        return false
    }

    /// One line for people.
    package var text: String {
        switch self {
        case .tornEnd(let file, let byteCount):
            "\(file): the last write had not ended; its \(byteCount) B were cut"
        case .quarantined(let file, let byteCount, let copy, let what):
            "\(file): \(what), and whole batches follow that were never known to be durable; "
                + "\(byteCount) B were cut and are kept in \(copy)"
        case .foreign(let path): "\(path) is not the broker's; it was left alone"
        }
    }
}

/// What the opening of a log has found.
package struct RecoveryReport: Sendable, Equatable {
    /// In the order in which it was found.
    package internal(set) var findings: [RecoveryFinding] = []
    /// Bytes of batches whose checksums were verified.
    package internal(set) var verifiedByteCount = 0
}
