// A partition's figures, readable from every shard without asking its owner.

import AeroWire
import Synchronization

/// Written by the owning shard after each change, read by any shard that describes the topic.
///
/// Each figure is whole on its own; a reader may see them a moment apart.
internal final class PartitionGauges: Sendable {
    private let logStart = Atomic<Int64>(0)
    private let watermark = Atomic<Int64>(0)
    private let stored = Atomic<Int>(0)
    private let groups = Atomic<Int>(0)
    private let code = Atomic<UInt16>(ErrorCode.ok.rawValue)

    /// Relaxed: the figures are for people, nothing is read through them.
    func publish(
        logStartOffset: Int64, highWatermark: Int64, storedByteCount: Int, groupCount: Int
    ) {
        logStart.store(logStartOffset, ordering: .relaxed)
        watermark.store(highWatermark, ordering: .relaxed)
        stored.store(storedByteCount, ordering: .relaxed)
        groups.store(groupCount, ordering: .relaxed)
        code.store(ErrorCode.ok.rawValue, ordering: .relaxed)
    }

    /// The partition could not be opened: the figures say nothing of it.
    func publish(refusal: ErrorCode) { code.store(refusal.rawValue, ordering: .relaxed) }

    /// Why there is no partition behind the figures; nil when there is one, or it is new.
    var refusal: ErrorCode? {
        let code = ErrorCode(rawValue: code.load(ordering: .relaxed))
        return code == .ok ? nil : code
    }

    var logStartOffset: Int64 { logStart.load(ordering: .relaxed) }
    var highWatermark: Int64 { watermark.load(ordering: .relaxed) }
    var storedByteCount: Int { stored.load(ordering: .relaxed) }
    var groupCount: Int { groups.load(ordering: .relaxed) }
}
