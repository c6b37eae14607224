// What a log must hold after a crash, kept outside of it.

import AeroIO
import AeroMemory
import AeroStorage
import AeroWire
import FaultSupport
import TestSupport
import Testing

/// What was appended to a log, what of it was said to be durable, and the last checkpoint.
///
/// SAFETY: hooks of a simulated disk run on the thread of the test that owns this.
final class LogExpectation: @unchecked Sendable {
    static let directory = "/log/0"
    static let quarantine = "/quarantine"

    let settings: LogSettings
    let source: ChunkSource
    let seed: UInt64
    /// Everything appended, in order.
    var batches: [ModelBatch] = []
    /// Everything below was reported synchronized, so it survives everything.
    var durableOffset: Int64 = 0
    /// Everything below may have been deleted.
    var deletableOffset: Int64 = 0
    /// The recovery point that the broker has on disk.
    var checkpoint: RecoveryPoint?
    /// Recoveries that were checked.
    private(set) var recoveryCount = 0
    /// Where in the workload the crash is: for messages.
    var place = ""
    private var issueCount = 0

    init(settings: LogSettings, source: ChunkSource, seed: UInt64) {
        self.settings = settings
        self.source = source
        self.seed = seed
    }

    var logEnd: Int64 { batches.last?.endOffset ?? 0 }

    func open(_ disk: SimulatedDisk) throws(StorageError) -> PartitionLog {
        try PartitionLog(
            opening: Self.directory, on: disk, settings: settings, recoveryPoint: checkpoint,
            quarantine: Self.quarantine, source: source, nowMilliseconds: 1_000)
    }

    /// Recovers the log of a disk and checks everything it promises.
    ///
    /// - Parameter crashesWithin: How many states of a second crash are tried after each change
    ///   that recovery makes.
    func check(_ disk: SimulatedDisk, crashesWithin: Int = 0) {
        guard issueCount < 5 else { return }
        recoveryCount += 1
        let found = disk.listing
        if crashesWithin > 0 {
            disk.setHook { [self] disk, operation in
                guard operation.kind.changesTheDisk else { return }
                _ = disk.enumerateCrashStates(limit: crashesWithin, seed: seed) { check($0) }
            }
        }
        do {
            var log = try open(disk)
            disk.setHook(nil)
            try check(&log, found)
            try goOn(&log, disk, found)
        } catch {
            disk.setHook(nil)
            fail("\(error)", found)
        }
    }

    private func check(_ log: inout PartitionLog, _ found: String) throws {
        let (start, end) = (log.logStartOffset, log.logEndOffset)
        if end < durableOffset || end > logEnd {
            fail("the log ends at \(end); \(durableOffset) was durable, \(logEnd) is all", found)
        }
        if start > max(deletableOffset, checkpoint?.logStartOffset ?? 0) || start > end {
            fail("the log starts at \(start) and ends at \(end)", found)
        }
        if start < checkpoint?.logStartOffset ?? 0 {
            fail("the log starts at \(start), below what was deleted for good", found)
        }
        if log.highWatermark != end || log.state != .writable {
            fail("\(log.highWatermark) of \(end) can be read, \(log.state)", found)
        }
        let expected = batches.filter { $0.endOffset > start && $0.endOffset <= end }
        if expected.last?.endOffset ?? end != end {
            fail("the log ends at \(end), within a batch", found)
        }
        if let fault = try log.producerFault(batches.filter { $0.endOffset <= end }) {
            fail(fault, found)
        }
        guard start < end else { return }
        if try log.readAll() != expected.flatMap({ $0.placed() }) {
            fail("\(start)..<\(end) is not what was appended", found)
        }
    }

    /// A recovered log works on: what it takes now survives the next crash.
    private func goOn(_ log: inout PartitionLog, _ disk: SimulatedDisk, _ found: String) throws {
        let (start, end) = (log.logStartOffset, log.logEndOffset)
        let before = start < end ? try log.readAll() : []
        let batch = ModelBatch.timed([7, 7])
        try log.append(batch)
        guard case .written = log.write(), let target = log.takeSyncTarget() else {
            fail("a recovered log is not written", found)
            return
        }
        try target.carryOut()
        log.synchronized(through: target.offset)
        var again = try PartitionLog(
            opening: Self.directory, on: disk.synchronizedState(), settings: settings,
            recoveryPoint: log.recoveryPoint, quarantine: Self.quarantine, source: source,
            nowMilliseconds: 2_000)
        let new = ModelBatch(bytes: batch, baseOffset: end, recordCount: 2).placed()
        if again.logStartOffset != start || again.logEndOffset != end + 2 {
            fail("then \(again.logStartOffset)..<\(again.logEndOffset)", found)
        } else if try again.readAll() != before + new {
            fail("what was appended after the recovery is not there", found)
        }
        if let fault = try again.producerFault(batches.filter { $0.endOffset <= end }) {
            fail("after the next crash: \(fault)", found)
        }
        if again.recovery.findings.contains(where: \.isAboutTheLog) {
            fail("a recovered log needs recovery: \(again.recovery.findings)", found)
        }
    }

    private func fail(_ what: String, _ found: String) {
        issueCount += 1
        Issue.record("\(what)\nafter \(place), seed \(seed), with\n\(found)")
    }
}

extension RecoveryFinding {
    fileprivate var isAboutTheLog: Bool {
        if case .foreign = self { return false }
        return true
    }
}

extension DiskOperationKind {
    /// Whether a crash behind it may leave something else than one in front of it.
    var changesTheDisk: Bool {
        switch self {
        case .create, .createDirectory, .rename, .remove, .removeDirectory, .synchronizeDirectory,
            .synchronizeFileSystem, .write, .truncate, .synchronize:
            true
        case .open, .entries, .lock, .byteCount, .read: false
        }
    }
}

/// A read that a test relied on found something else.
struct ReadFailed: Error {
    let outcome: ReadOutcome
}

extension PartitionLog {
    /// Everything from the log's start to its high watermark.
    func readAll() throws -> [UInt8] {
        var cursor = StoreCursor(offset: logStartOffset)
        var bytes: [UInt8] = []
        while true {
            switch read(&cursor, maximumByteCount: 700) {
            case .batches(let slice): bytes += Array(slice.bytes)
            case .file(let slice): bytes += try slice.bytes()
            case .atEnd: return bytes
            case let outcome: throw ReadFailed(outcome: outcome)
            }
        }
    }
}
