// Of each key the newest record stays: the work of one compaction.

import AeroIO
import AeroWire

/// Carries a plan out.
///
/// Two passes: the first enters the newest offset of every key above the cleaned offset, the second
/// writes every segment anew without the records that a later one supersedes. What is left keeps
/// its offset, timestamp, producer and sequence. Where whole batches go, an empty batch takes
/// their offsets, so that batches follow on each other without a gap in compacted logs, too, and a
/// missing one is still seen.
///
/// A record without a value deletes its key. It stays for the deletion retention, counted from the
/// first compaction that meets it, so that every reader who is not further behind learns of it.
/// Records without a key, batches of transactions, and batches whose records cannot be read stay as
/// they are. The last batch of each producer stays, if only as a header, so that the producer's
/// state can be made again from the log alone.
internal struct Compaction: ~Copyable {
    private let plan: CompactionPlan
    private var latest: LatestOffsets
    /// The last batch of each producer above the cleaned offset, by its base offset.
    // BOUND: `producerCountMax`; of more producers every batch stays, if only as a header.
    private var lastBatches: [Int64: Int64] = [:]
    private var codec = BatchRewriter()
    private var result: CompactionResult

    private static let producerCountMax = 100_000

    init(_ plan: CompactionPlan) {
        self.plan = plan
        latest = LatestOffsets(
            keyCountMax: max(plan.memoryByteCountMax / LatestOffsets.keyByteCount, 1))
        result = CompactionResult(cleanedOffset: plan.cleanedOffset)
    }

    mutating func run() throws(StorageError) -> CompactionResult {
        result.cleanedOffset = try enterKeys()
        var rest = plan.sources.filter { $0.baseOffset < result.cleanedOffset }[...]
        while !rest.isEmpty { try cleanGroup(&rest) }
        let directory = plan.files.directory
        try attempt("synchronize", directory) { () throws(Errno) in
            try plan.files.disk.synchronizeDirectory(directory)
        }
        return result
    }

    // MARK: - First pass

    /// Enters the keys above the cleaned offset.
    ///
    /// - Returns: The offset behind the last batch whose keys are in.
    private mutating func enterKeys() throws(StorageError) -> Int64 {
        var end = plan.cleanedOffset
        for source in plan.sources where source.nextOffset > plan.cleanedOffset {
            var walk = try SourceWalk(source, plan.files)
            while let batch = try walk.next() {
                guard batch.header.baseOffset >= plan.cleanedOffset else { continue }
                let isIn = enterKeys(of: batch)
                // One batch is taken at any rate, or a full table would bring nothing on.
                guard isIn || end == plan.cleanedOffset else { return end }
                end = batch.header.nextOffset
                if !isIn { return end }
            }
            end = source.nextOffset
        }
        return end
    }

    private mutating func enterKeys(of batch: StoredBatch) -> Bool {
        let header = batch.header
        if header.producerId >= 0 {
            if lastBatches[header.producerId] != nil || lastBatches.count < Self.producerCountMax {
                lastBatches[header.producerId] = header.baseOffset
            }
        }
        guard let plain = codec.open(batch) else { return true }
        for record in codec.records {
            guard let key = record.key else { continue }
            let bytes = UnsafeRawBufferPointer(rebasing: plain.bytes[key])
            guard latest.enter(bytes, at: header.baseOffset + Int64(record.offsetDelta)) else {
                return false
            }
        }
        return true
    }

    // MARK: - Second pass

    /// Writes as many segments into one file as are sure to fit, at least one.
    private mutating func cleanGroup(
        _ rest: inout ArraySlice<CompactionPlan.Source>
    ) throws(StorageError) {
        guard let first = rest.first else { return }
        let output = try CleanedSegment(first.baseOffset, plan)
        var taken: [CompactionPlan.Source] = []
        let removedBefore = result.removedRecordCount
        var hasChanged = false
        while let source = rest.first,
            taken.isEmpty || output.byteCount + source.byteCount <= plan.settings.segmentByteCount
        {
            if try clean(source, into: output) { hasChanged = true }
            taken.append(source)
            rest.removeFirst()
        }
        let stored = try output.finish(at: taken[taken.count - 1].nextOffset)
        guard hasChanged || taken.count > 1 else {
            result.removedRecordCount = removedBefore
            try output.discard()
            return
        }
        result.groups.append(CompactionResult.Group(sources: taken, stored: stored))
        result.sourceByteCount += taken.reduce(0) { $0 + $1.byteCount }
        result.resultByteCount += stored.byteCount
    }

    /// - Returns: Whether anything was left out or rewritten.
    private mutating func clean(
        _ source: CompactionPlan.Source, into output: CleanedSegment
    ) throws(StorageError) -> Bool {
        var hasChanged = false
        var walk = try SourceWalk(source, plan.files)
        while let batch = try walk.next() {
            switch judge(batch) {
            case .whole: try output.append(batch.bytes, batch.header)
            case .rewritten(let rewritten):
                try output.append(rewritten.bytes, rewritten.header)
                hasChanged = true
            case .gone:
                // An empty batch that stands for offsets alone is made again where it is needed.
                if batch.header.recordCount > 0 || batch.header.producerId >= 0 {
                    hasChanged = true
                }
            }
        }
        return hasChanged
    }

    private enum Judgement {
        case whole, gone
        case rewritten(StoredBatch)
    }

    private mutating func judge(_ batch: StoredBatch) -> Judgement {
        let header = batch.header
        guard header.recordCount > 0 else { return isLastOfProducer(header) ? .whole : .gone }
        guard let plain = codec.open(batch) else { return .whole }
        var keptCount = 0
        var hasNewTombstone = false
        for index in codec.records.indices {
            let record = codec.records[index]
            let isKept = keeps(record, of: plain)
            codec.isKept[index] = isKept
            guard isKept else { continue }
            keptCount += 1
            if record.key != nil, record.value == nil {
                result.hasTombstones = true
                if !header.attributes.hasDeletionHorizon { hasNewTombstone = true }
            }
        }
        result.removedRecordCount += codec.records.count - keptCount
        if keptCount == codec.records.count, !hasNewTombstone { return .whole }
        if keptCount == 0, !isLastOfProducer(header) { return .gone }
        let horizon = plan.nowMilliseconds &+ plan.settings.deleteRetentionMilliseconds
        return .rewritten(codec.rewrite(plain, horizon: hasNewTombstone ? horizon : nil))
    }

    /// Whether a record stays.
    private func keeps(_ record: RecordView, of batch: StoredBatch) -> Bool {
        let header = batch.header
        let offset = header.baseOffset + Int64(record.offsetDelta)
        guard offset >= plan.logStartOffset else { return false }
        guard let key = record.key else { return true }
        let bytes = UnsafeRawBufferPointer(rebasing: batch.bytes[key])
        if latest.isSuperseded(bytes, at: offset) { return false }
        guard record.value == nil, header.attributes.hasDeletionHorizon else { return true }
        return plan.nowMilliseconds < header.baseTimestamp
    }

    /// Whether no later batch of the producer is known; then its header must stay. A producer that
    /// has been idle for long is forgotten here, too.
    private func isLastOfProducer(_ header: RecordBatchHeader) -> Bool {
        // What the first pass has not read is as it was.
        guard header.baseOffset < result.cleanedOffset else { return true }
        guard header.producerId >= 0,
            plan.nowMilliseconds.subtractingSaturated(header.maxTimestamp)
                <= plan.settings.producerIdleMilliseconds
        else { return false }
        guard let last = lastBatches[header.producerId] else { return true }
        return last == header.baseOffset
    }

    private func attempt<Value>(
        _ action: String, _ path: String, _ body: () throws(Errno) -> Value
    ) throws(StorageError) -> Value {
        do throws(Errno) {
            return try body()
        } catch {
            throw .system(action: action, path: path, error)
        }
    }
}

/// The batches of a segment, one after the other, each checked.
internal struct SourceWalk: ~Copyable {
    private let path: String
    private let source: CompactionPlan.Source
    private var reader: StoredBatchReader
    private var position = 0
    private var offset: Int64

    init(_ source: CompactionPlan.Source, _ files: LogFiles) throws(StorageError) {
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
