// What makes a log durable, to be carried out away from the log's thread.

package import AeroIO

/// What has to be synchronized so that a log is durable up to an offset.
///
/// A value that may be used on any thread, while the log goes on.
package struct SyncTarget: Sendable {
    /// What `synchronized(through:)` is to be told then.
    package let offset: Int64
    /// Files with bytes that are not durable.
    internal var pending: [any DiskFile] = []
    /// Whether files of the log have names that are not durable.
    internal var hasNewNames = false
    /// What is known of producers in front of a new segment.
    internal var snapshot: ProducerSnapshot?
    /// Indexes of segments that are complete.
    internal var indexes: [(baseOffset: Int64, index: StoredIndex)] = []

    private let files: LogFiles

    internal init(_ files: LogFiles, offset: Int64) {
        self.files = files
        self.offset = offset
    }

    /// Calls that `synchronize` makes, each for one file or directory.
    package var callCount: Int { pending.count + (hasNewNames ? 1 : 0) }

    /// Writes what belongs beside the log's new files; to be called before they are synchronized.
    ///
    /// Nothing of it is needed for the records: an index can be made again, and what is not known
    /// of producers is in the batches, of which none are deleted until it is.
    ///
    /// - Returns: Why the state of producers could not be stored; nil when it is durable, once its
    ///   name is.
    package func storeCompanions() -> Errno? {
        for (baseOffset, index) in indexes {
            do throws(Errno) {
                try files.storeIndex(index, baseOffset)
            } catch {
                // Whoever needs it makes it from the segment.
                continue
            }
        }
        guard let snapshot else { return nil }
        do throws(Errno) {
            try files.storeProducers(snapshot).synchronize()
            return nil
        } catch {
            let cause = error
            // What is there looks like one that was stored.
            do throws(Errno) {
                try files.removeIfThere(files.producers(snapshot.offset))
            } catch {
                return cause
            }
            return cause
        }
    }

    /// Makes the bytes durable, and then the names.
    ///
    /// - Throws: `Errno`: then nobody knows what is durable, and `PartitionLog.fail` has to follow.
    package func synchronize() throws(Errno) {
        for file in pending { try file.synchronize() }
        if hasNewNames { try files.disk.synchronizeDirectory(files.directory) }
    }
}

/// Segments that a log has given up, and whose files are still there.
///
/// They may be removed once a checkpoint with the log's new start is durable: until then a crash
/// that undid some of the removals would leave a gap that looks like damage. With it, recovery
/// removes what came back.
package struct SegmentRemoval: Sendable {
    internal let files: LogFiles
    /// Oldest first.
    internal let baseOffsets: [Int64]

    /// Removes the files. On any thread.
    ///
    /// - Throws: `Errno`; what is left is removed by another call, or by the next opening.
    package func run() throws(Errno) {
        do throws(Errno) {
            for baseOffset in baseOffsets { try files.remove(baseOffset) }
            try files.disk.synchronizeDirectory(files.directory)
        } catch .noSuchFile {
            // The topic was deleted meanwhile, and its directory has another name.
            return
        }
    }
}
