// What an inspection of logs has found: values to print.

/// How bad a finding is.
package enum InspectionSeverity: String, Sendable, Equatable, CaseIterable {
    /// Records are damaged or missing that were durable, or for which nobody can say.
    case damage
    /// Above the recovery point: a write that had not ended, which the next start cuts.
    case unfinished
    /// Nothing of the log is touched by it.
    case remark
}

/// One thing that an inspection has to tell.
package struct InspectionFinding: Sendable, Equatable {
    package let severity: InspectionSeverity
    /// The file or directory.
    package let path: String
    /// Where in the file, in bytes; nil when it is about all of it.
    package let position: Int?
    /// What was found, in one line.
    package let what: String
}

/// What one segment holds.
package struct SegmentSummary: Sendable, Equatable {
    /// The file.
    package let path: String
    /// The offset that its name states.
    package let baseOffset: Int64
    /// The offset behind its last whole batch.
    package internal(set) var nextOffset: Int64
    /// The file's length.
    package internal(set) var byteCount = 0
    /// Whole batches, and the records in them.
    package internal(set) var batchCount = 0
    package internal(set) var recordCount = 0
    /// The latest timestamp of its records in milliseconds since 1970; nil without any.
    package internal(set) var maxTimestamp: Int64?
    /// Entries of its index file; nil when there is none to be used.
    package internal(set) var indexEntryCount: Int?
}

/// What one partition's directory holds.
package struct PartitionInspection: Sendable, Equatable {
    /// The directory.
    package let path: String
    /// What the last checkpoint says must be there; nil when none was looked at.
    package internal(set) var recoveryPoint: RecoveryPoint?
    /// In the order of their offsets.
    package internal(set) var segments: [SegmentSummary] = []
    package internal(set) var findings: [InspectionFinding] = []
}

/// What a directory of logs holds.
package struct LogInspection: Sendable, Equatable {
    /// The directory that was inspected.
    package let path: String
    package internal(set) var partitions: [PartitionInspection] = []
    /// What was found outside of partitions.
    package internal(set) var findings: [InspectionFinding] = []

    /// All findings, of the partitions too.
    package var allFindings: [InspectionFinding] { findings + partitions.flatMap(\.findings) }

    /// Whether records are damaged or missing.
    package var hasDamage: Bool { allFindings.contains { $0.severity == .damage } }
}
