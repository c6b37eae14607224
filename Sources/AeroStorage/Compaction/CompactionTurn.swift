// Compaction in turns: what one is to do and what it has done, as values that cross threads.

import AeroIO

/// A segment as a compaction reads it.
internal struct CompactionSource: Sendable, Equatable {
    let baseOffset: Int64
    let nextOffset: Int64
    let byteCount: Int
}

/// A part of a compaction, to be carried out away from the log's thread.
///
/// It reads sealed and durable segments, which nobody changes meanwhile, and puts new files in
/// their place; `PartitionLog.finishCompaction` has to follow.
package struct CompactionTurn: Sendable {
    internal enum Work: Sendable, Equatable {
        /// Learns which record of each key is the newest.
        case enterKeys
        /// Writes segments anew without the others.
        case clean
    }

    internal let pass: CompactionPass
    internal let work: Work
    /// At least one, in the order of their offsets.
    internal let sources: [CompactionSource]

    /// Bytes that it reads.
    package var byteCount: Int { sources.reduce(0) { $0 + $1.byteCount } }

    /// Does the work. Blocks for as long as it takes to read and write the segments.
    package func run() -> CompactionOutcome {
        switch work {
        case .enterKeys: pass.enterKeys(sources)
        case .clean: pass.clean(sources)
        }
    }
}

/// What has become of a turn.
package struct CompactionOutcome: Sendable {
    /// Segments in a row, and the one that is in their place now.
    internal struct Group: Sendable {
        let sources: [CompactionSource]
        let stored: StoredIndex
    }

    internal let work: CompactionTurn.Work
    /// What was put in place; also when something failed afterwards.
    internal var groups: [Group] = []
    /// Segments up to here are done with.
    internal var throughOffset: Int64
    /// Whether there is no room for more keys.
    internal var isFull = false
    /// Records that were left out.
    package internal(set) var removedRecordCount = 0
    /// Bytes of the segments that were replaced, less those of what replaces them.
    package internal(set) var savedByteCount = 0
    /// Why it did not come to its end: `.damaged` when a segment is not what was written.
    package internal(set) var failure: StorageError?

    internal init(_ work: CompactionTurn.Work, throughOffset: Int64) {
        self.work = work
        self.throughOffset = throughOffset
    }
}
