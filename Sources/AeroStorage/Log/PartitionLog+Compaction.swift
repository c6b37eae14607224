// Compaction as the log sees it: when it is due, which segments it is at, what it has replaced.

import AeroIO

/// How far a compaction has come.
internal struct CompactionProgress {
    let pass: CompactionPass
    /// It takes no segment at or above: what is sealed later is left to the next one.
    let limitOffset: Int64
    /// Keys below are entered; all that will be, once `hasEntered` is true.
    var enteredOffset: Int64
    var hasEntered = false
    /// Segments below are clean.
    var throughOffset: Int64 = 0
}

extension PartitionLog {
    /// Segments that one turn replaces at most: each is kept open meanwhile.
    private static var turnSegmentCountMax: Int { 64 }

    /// How long a compaction that failed is not tried again.
    private static var retryMilliseconds: Int64 { 60_000 }

    /// The next turn of the compaction under way, or the first one of a compaction that is due;
    /// nil when there is nothing to do.
    ///
    /// One turn at a time: `finishCompaction` follows.
    package mutating func nextCompaction(nowMilliseconds: Int64) -> CompactionTurn? {
        guard let files, state == .writable, settings.cleanup.compacts else {
            compaction = nil
            return nil
        }
        if compaction == nil { beginCompaction(files, nowMilliseconds) }
        guard let progress = compaction else { return nil }
        if !progress.hasEntered {
            let sources = self.sources(upTo: progress.limitOffset) {
                $0.nextOffset > progress.enteredOffset
            }
            if !sources.isEmpty {
                return CompactionTurn(pass: progress.pass, work: .enterKeys, sources: sources)
            }
            compaction?.hasEntered = true
        }
        let sources = self.sources(upTo: progress.limitOffset) {
            $0.baseOffset >= progress.throughOffset && $0.baseOffset < progress.enteredOffset
        }
        guard !sources.isEmpty else {
            cleanedOffset = max(cleanedOffset, progress.enteredOffset)
            compaction = nil
            return nil
        }
        do throws(Errno) {
            for segment in segments where sources.contains(where: segment.isSource) {
                try segment.pin(files)
            }
        } catch {
            endCompaction(nowMilliseconds)
            return nil
        }
        return CompactionTurn(pass: progress.pass, work: .clean, sources: sources)
    }

    /// Takes the end of a turn.
    package mutating func finishCompaction(
        _ outcome: CompactionOutcome, nowMilliseconds: Int64
    ) {
        for group in outcome.groups { install(group) }
        for segment in segments where segment.isPinned { segment.unpin() }
        switch outcome.work {
        case .enterKeys:
            compaction?.enteredOffset = outcome.throughOffset
            if outcome.isFull { compaction?.hasEntered = true }
        case .clean: compaction?.throughOffset = outcome.throughOffset
        }
        if let failure = outcome.failure {
            endCompaction(nowMilliseconds)
            // Trying again would find the same, and say so every minute.
            if case .damaged = failure { nextCompactionMilliseconds = .max }
        }
    }

    private mutating func endCompaction(_ nowMilliseconds: Int64) {
        for segment in segments where segment.isPinned { segment.unpin() }
        compaction = nil
        nextCompactionMilliseconds = nowMilliseconds.addingSaturated(Self.retryMilliseconds)
    }

    // MARK: - When

    /// Begins a compaction when enough has come since the last one.
    private mutating func beginCompaction(_ files: LogFiles, _ nowMilliseconds: Int64) {
        guard nowMilliseconds >= nextCompactionMilliseconds else { return }
        var limitOffset: Int64 = 0
        var byteCount = 0
        var dirtyByteCount = 0
        for (number, segment) in segments.enumerated() {
            // Never the last one; and nothing of which a crash might leave another version, or
            // what it says of producers nowhere.
            guard number + 1 < segments.count, segment.isSettled,
                segments[number + 1].isNameDurable, segment.nextOffset <= durableSnapshotOffset
            else { break }
            limitOffset = segment.nextOffset
            byteCount += segment.byteCount
            if segment.nextOffset > cleanedOffset { dirtyByteCount += segment.byteCount }
        }
        guard dirtyByteCount > 0,
            Double(dirtyByteCount) >= settings.dirtyRatioMin * Double(byteCount)
        else { return }
        compaction = CompactionProgress(
            pass: CompactionPass(
                files, settings, cleanedOffset: cleanedOffset,
                producers: producers.snapshot(at: logEndOffset),
                nowMilliseconds: nowMilliseconds),
            limitOffset: limitOffset, enteredOffset: cleanedOffset)
    }

    // MARK: - What

    /// The next segments below an offset that a turn may take.
    private func sources(
        upTo limitOffset: Int64, where isWanted: (Segment) -> Bool
    ) -> [CompactionSource] {
        var sources: [CompactionSource] = []
        var byteCount = 0
        for segment in segments {
            guard segment.nextOffset <= limitOffset else { break }
            guard isWanted(segment) else { continue }
            byteCount += segment.byteCount
            if !sources.isEmpty, byteCount > settings.compactionTurnByteCount { break }
            sources.append(segment.source)
            if sources.count == Self.turnSegmentCountMax { break }
        }
        return sources
    }

    /// Serves a new segment in the place of those that it stands for.
    private mutating func install(_ group: CompactionOutcome.Group) {
        guard let first = group.sources.first,
            let start = segments.firstIndex(where: { $0.isSource(first) })
        else { preconditionFailure("segments that are being compacted stay") }
        let range = start..<start + group.sources.count
        precondition(
            segments[range].map(\.source) == group.sources, "a compaction replaces a row")
        let replacement = Segment(
            baseOffset: first.baseOffset, stored: group.stored,
            version: segments[start].version + 1)
        segmentByteTotal += replacement.byteCount
        segmentByteTotal -= segments[range].reduce(0) { $0 + $1.byteCount }
        segments.replaceSubrange(range, with: CollectionOfOne(replacement))
        writeIndex -= group.sources.count - 1
    }
}

extension Segment {
    /// The segment as a compaction reads it.
    fileprivate var source: CompactionSource {
        CompactionSource(baseOffset: baseOffset, nextOffset: nextOffset, byteCount: byteCount)
    }

    fileprivate func isSource(_ source: CompactionSource) -> Bool { self.source == source }
}
