// How much of one partition may be on its way or waiting to be taken.

/// The bounds of one lane.
struct FlowBounds {
    /// Bytes on their way and waiting.
    let windowByteCount: Int
    /// Records waiting.
    let recordCountMax: Int

    /// An even part of what a consumer may have in all.
    init(windowByteCount: Int, recordCountMax: Int, laneCount: Int) {
        self.windowByteCount = max(windowByteCount / max(laneCount, 1), 1_024)
        self.recordCountMax = max(recordCountMax / max(laneCount, 1), 1)
    }
}

/// Credit that the broker has, and what has come and was not taken yet.
struct LaneFlow {
    /// Bytes that the broker may still send; below zero after a batch larger than the rest.
    var creditByteCount = 0
    /// What waits to be taken.
    private(set) var bufferedByteCount = 0
    private(set) var bufferedRecordCount = 0
    /// What one record takes of a delivery, learnt from those that came; small at first, so that
    /// many small records do not pass the bound on records before they are known to be small.
    private var recordByteCount = 16

    /// Learns from a delivery that waits to be taken.
    mutating func noteBuffered(_ piece: DeliveredPiece) {
        bufferedByteCount += piece.windowByteCount
        bufferedRecordCount += piece.recordCount
        let average = max(piece.deliveredByteCount / max(piece.recordCount, 1), 1)
        recordByteCount = max((3 * recordByteCount + average) / 4, 1)
    }

    /// Some of what waited was taken.
    mutating func noteTaken(_ taken: ConsumerInbox.Taken) {
        bufferedByteCount -= taken.byteCount
        bufferedRecordCount -= taken.recordCount
    }

    /// What waited was dropped.
    mutating func clearBuffered() {
        bufferedByteCount = 0
        bufferedRecordCount = 0
    }

    /// Bytes that may be on their way or waiting: so many that the records among them, as large as
    /// those before, stay within their bound.
    private func window(_ bounds: FlowBounds) -> Int {
        let (byRecords, isBeyond) = bounds.recordCountMax.multipliedReportingOverflow(
            by: recordByteCount)
        return isBeyond ? bounds.windowByteCount : min(bounds.windowByteCount, byRecords)
    }

    /// How many more bytes may be asked for; 0 or less while too many records wait.
    func room(_ bounds: FlowBounds) -> Int {
        guard bufferedRecordCount < bounds.recordCountMax else { return 0 }
        return window(bounds) - creditByteCount - bufferedByteCount
    }

    /// What to grant now; nil while it is not worth a frame.
    func grant(_ bounds: FlowBounds) -> Int? {
        let room = room(bounds)
        // Half a window at a time: a grant is a frame, and one for every batch would be many.
        guard room > 0, room >= window(bounds) / 2 || creditByteCount <= 0 else { return nil }
        return room
    }
}
