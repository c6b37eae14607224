// What a worker notes of its messages' stages, beside their series.

/// Counts which messages have times of their stages, and keeps the slowest.
///
/// - Thread: one worker. Allocations: none after init.
@usableFromInline package struct StageAccount: Sendable {
    /// Messages of the measured window with all their times.
    package private(set) var timedCount: Int64 = 0
    /// Those that came without.
    package private(set) var untimedCount: Int64 = 0
    /// Those with times that run backwards, which are in no series.
    package private(set) var disorderedCount: Int64 = 0
    /// The slowest of the measured window.
    package private(set) var slowest: SlowestMessages

    /// The class of each consumer and its group.
    private let consumers: [(classIndex: Int, group: Int)]

    init(_ options: StageOptions, _ assignment: WorkerAssignment) {
        slowest = SlowestMessages(capacity: options.slowestCount)
        consumers = assignment.consumers.map { ($0.classIndex, $0.group) }
    }

    /// The account of a worker that has ended: it takes no more messages.
    init(
        timedCount: Int64, untimedCount: Int64, disorderedCount: Int64, slowest: SlowestMessages
    ) {
        self.timedCount = timedCount
        self.untimedCount = untimedCount
        self.disorderedCount = disorderedCount
        self.slowest = slowest
        consumers = []
    }

    /// Counts a message in, and keeps it if it is slow.
    ///
    /// - Parameters:
    ///   - isMeasured: Whether it was to be sent in the measured window.
    ///   - takenNanoseconds: When its consumer had it: now.
    ///   - handledNanoseconds: When its handling begins: now or later.
    /// - Returns: Whether its times are there and make sense.
    mutating func admit(
        _ times: StageTimes?, _ stamp: Stamp, _ consumer: Int, isMeasured: Bool,
        takenNanoseconds: Int64, handledNanoseconds: Int64
    ) -> Bool {
        guard let times else {
            if isMeasured { untimedCount += 1 }
            return false
        }
        let isInOrder = times.isInOrder(
            intended: stamp.intendedNanoseconds, handled: handledNanoseconds)
        guard isInOrder else {
            if isMeasured { disorderedCount += 1 }
            return false
        }
        guard isMeasured else { return true }
        timedCount += 1
        guard slowest.isSlow(handledNanoseconds - stamp.intendedNanoseconds) else { return true }
        slowest.insert(
            SlowMessage(
                classIndex: consumers[consumer].classIndex, group: consumers[consumer].group,
                producer: Int(stamp.producer), destination: Int(stamp.destination),
                sequence: stamp.sequence, intendedNanoseconds: stamp.intendedNanoseconds,
                takenNanoseconds: takenNanoseconds, handledNanoseconds: handledNanoseconds,
                times: times))
        return true
    }

    /// Adds what another worker has noted.
    package mutating func merge(_ other: StageAccount) {
        timedCount += other.timedCount
        untimedCount += other.untimedCount
        disorderedCount += other.disorderedCount
        slowest.merge(other.slowest)
    }
}
