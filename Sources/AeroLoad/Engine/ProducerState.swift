// Where one producer stands in its schedule.

/// A producer's place in time and in its topic-partitions.
///
/// Owned by one worker; nothing in it allocates after init.
@usableFromInline package struct ProducerState {
    @usableFromInline let classIndex: Int
    /// Index in the class, for stamps and the ledger.
    @usableFromInline let producer: Int
    /// Bytes of the next message.
    @usableFromInline package internal(set) var messageByteCount: Int
    /// The key of the next message; nil where keys are not drawn.
    @usableFromInline package internal(set) var key: UInt64?
    /// Index of the next message among all of its class.
    @usableFromInline var messageIndex: Int64
    @usableFromInline let producerCount: Int64
    @usableFromInline let source: MessageSource
    /// Whether messages differ.
    @usableFromInline let isVarying: Bool
    @usableFromInline let wantsAcknowledgement: Bool
    /// Most unacknowledged messages; `Int.max` for an open loop.
    @usableFromInline let inFlightMax: Int
    /// The schedule; nil where the target sets the pace.
    @usableFromInline var cursor: ArrivalCursor?
    /// When the next message of the schedule is due. Kept beside the cursor, which is large: the
    /// loop asks for it in each turn.
    @usableFromInline var dueNanoseconds: Int64
    @usableFromInline let hasSchedule: Bool
    @usableFromInline let startNanoseconds: Int64
    @usableFromInline var inFlightCount = 0

    @usableFromInline let destinationCount: Int
    /// The topic-partition that the next message goes to.
    @usableFromInline package internal(set) var destination: Int
    /// Messages to one destination before the next: a batch, or one with keys in turn.
    @usableFromInline let runLength: Int
    @usableFromInline var runPosition = 0

    /// - Parameters:
    ///   - assignment: Which producer it is.
    ///   - scenario: What it sends when.
    ///   - startNanoseconds: When the load begins.
    ///   - source: Of the class, which its producers share; nil makes one.
    package init(
        _ assignment: ProducerAssignment, _ scenario: Scenario, startNanoseconds: Int64,
        source: MessageSource? = nil
    ) {
        let trafficClass = scenario.classes[assignment.classIndex]
        classIndex = assignment.classIndex
        producer = assignment.producer
        messageByteCount = trafficClass.messageByteCount
        messageIndex = Int64(assignment.producer)
        producerCount = Int64(trafficClass.producerCount)
        let source = source ?? MessageSource(scenario, classIndex: assignment.classIndex)
        self.source = source
        isVarying = source.isVarying
        wantsAcknowledgement = trafficClass.acknowledgement != .none
        inFlightMax = trafficClass.load.inFlight ?? Int.max
        self.startNanoseconds = startNanoseconds
        destinationCount = trafficClass.destinationCount
        destination = assignment.producer % trafficClass.destinationCount
        runLength = trafficClass.keys == .none ? trafficClass.batch.messageCount : 1
        cursor = source.schedule?.cursor(
            first: Int64(assignment.producer), stride: Int64(trafficClass.producerCount))
        hasSchedule = cursor != nil
        dueNanoseconds = startNanoseconds + (cursor?.intendedNanoseconds ?? 0)
        if isVarying { draw() }
    }

    /// Draws what the next message is like.
    @usableFromInline mutating func draw() {
        messageByteCount = source.sizes.byteCount(index: messageIndex)
        guard let keys = source.keys else { return }
        let key = keys.key(index: messageIndex)
        self.key = key
        destination = source.destination(ofKey: key, index: messageIndex)
    }

    /// When the next message is to be sent; `nowNanoseconds` where the target sets the pace.
    @inlinable package func intendedNanoseconds(nowNanoseconds: Int64) -> Int64 {
        hasSchedule ? dueNanoseconds : nowNanoseconds
    }

    /// Messages that a schedule had due before a time and that were not sent.
    ///
    /// Up to a million they are counted, beyond that random arrivals are what is expected.
    @usableFromInline package func overdueCount(beforeNanoseconds: Int64) -> Int64 {
        guard var ahead = cursor, let schedule = source.schedule else { return 0 }
        let end = beforeNanoseconds &- startNanoseconds
        var count: Int64 = 0
        while ahead.intendedNanoseconds < end {
            guard count < Self.overdueCountedMax / producerCount else {
                let rest =
                    schedule.nearCount(fromNanoseconds: 0, toNanoseconds: end)
                    - Double(ahead.index)
                return count + Int64((max(0, rest) / Double(producerCount)).rounded(.up))
            }
            count += 1
            ahead.advance()
        }
        return count
    }

    private static let overdueCountedMax: Int64 = 1_000_000

    /// The next message was sent.
    @inlinable package mutating func advance() {
        if let next = cursor?.advanced() { dueNanoseconds = startNanoseconds &+ next }
        messageIndex &+= producerCount
        if key == nil { turn() }
        if isVarying { draw() }
    }

    /// Goes on to the next topic-partition when this one has had its share.
    @inlinable mutating func turn() {
        runPosition &+= 1
        if runPosition == runLength {
            runPosition = 0
            destination &+= 1
            if destination == destinationCount { destination = 0 }
        }
    }
}
