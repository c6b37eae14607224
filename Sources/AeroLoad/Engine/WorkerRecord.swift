// Everything one worker notes: samples, ledgers and what is under way.

/// The engine's side of a worker: takes what the driver reports and keeps account of it.
///
/// - Thread: one worker. Allocations: none per message in steady state.
@usableFromInline package struct WorkerRecord: ~Copyable {
    @usableFromInline var recorder: IntervalRecorder
    @usableFromInline var inFlight: InFlightTable
    @usableFromInline var producers: [ProducerState]
    /// One per class.
    @usableFromInline var sendLedgers: [SendLedger]
    /// One per class and group, classes first.
    @usableFromInline var receiveLedgers: [ReceiveLedger]
    /// The receive ledger of each consumer.
    @usableFromInline let consumerLedgers: [Int]
    /// The class of each consumer.
    @usableFromInline let consumerClasses: [Int]
    /// The handler of each consumer; empty when all take everything at once.
    @usableFromInline var handlers: [ConsumerHandler?] = []
    /// Messages received, of any class and group, repeated ones included.
    @usableFromInline package internal(set) var receivedCount: Int64 = 0
    /// Messages received for the first time by their group.
    @usableFromInline package internal(set) var uniqueCount: Int64 = 0
    /// Messages given to the driver.
    @usableFromInline package internal(set) var sentCount: Int64 = 0
    /// Messages that the driver said had failed.
    package private(set) var failedCount: Int64 = 0
    /// Acknowledgements that named no message under way.
    @usableFromInline package internal(set) var strayTokenCount: Int64 = 0
    /// Messages that were due before the window closed and could not be sent in it. They are the
    /// latest of all, and in no latency series.
    @usableFromInline package internal(set) var unsentCount: Int64 = 0
    /// Messages in flight times nanoseconds, for Little's law: counted as they come and go, apart
    /// from the latencies that it is held against.
    @usableFromInline var inFlightArea = 0.0
    @usableFromInline var inFlightNotedNanoseconds: Int64 = 0
    /// How often a message that was due was refused: by the driver, or by the bound on what is
    /// under way. A worker that is late without that is late by itself.
    @usableFromInline package internal(set) var refusedCount: Int64 = 0
    /// What a run that measures stages notes beside its series.
    @usableFromInline var stages: StageAccount?
    private var unansweredCount: Int64 = 0
    private var isClosing = false
    private var isDrainCut = false
    /// What happened, for the result; the first few of each text, all counted.
    package private(set) var incidents = IncidentLog()

    /// - Parameters:
    ///   - assignment: The worker's producers and consumers.
    ///   - plan: The run it is part of.
    ///   - recorder: Takes the samples.
    ///   - startNanoseconds: When the load begins.
    ///   - sources: Of the worker (`MessageSource.list`); nil makes them.
    package init(
        _ assignment: WorkerAssignment, _ plan: LoadPlan, recorder: consuming IntervalRecorder,
        startNanoseconds: Int64, sources: [MessageSource?]? = nil
    ) {
        let scenario = plan.scenario
        stages = scenario.stages.map { StageAccount($0, assignment) }
        self.recorder = recorder
        let sources = sources ?? MessageSource.list(scenario, assignment)
        producers = assignment.producers.map {
            ProducerState(
                $0, scenario, startNanoseconds: startNanoseconds, source: sources[$0.classIndex])
        }
        sendLedgers = scenario.classes.map { SendLedger(StreamTable($0)) }
        var receiveLedgers: [ReceiveLedger] = []
        var firstLedgers: [Int] = []
        for (classIndex, each) in scenario.classes.enumerated() {
            firstLedgers.append(receiveLedgers.count)
            for _ in 0..<each.groupCount {
                receiveLedgers.append(
                    ReceiveLedger(
                        StreamTable(each), classIndex: UInt8(classIndex),
                        startNanoseconds: startNanoseconds))
            }
        }
        self.receiveLedgers = receiveLedgers
        consumerLedgers = assignment.consumers.map { firstLedgers[$0.classIndex] + $0.group }
        consumerClasses = assignment.consumers.map(\.classIndex)
        let handlers = assignment.consumers.map {
            ConsumerHandler($0, scenario, startNanoseconds: startNanoseconds)
        }
        if handlers.contains(where: { $0 != nil }) { self.handlers = handlers }
        inFlight = InFlightTable(capacity: Self.inFlightCapacity(producers))
    }

    /// Messages under way that a worker can hold: what its closed loops ask for, and for open
    /// loops enough for a stall of a second at 256 k/s. A longer one makes messages late, which
    /// the intended times show; none is lost.
    private static func inFlightCapacity(_ producers: [ProducerState]) -> Int {
        let openLoop = 1 << 18
        let bounded = producers.reduce(0) { sum, producer in
            producer.inFlightMax == Int.max ? sum : sum + producer.inFlightMax
        }
        let hasOpenLoop = producers.contains { $0.inFlightMax == Int.max }
        return max(bounded + (hasOpenLoop ? openLoop : 0), 1)
    }

    /// The drain is over: what is still under way is unanswered, whatever closing makes of it.
    @usableFromInline mutating func beginClosing() {
        unansweredCount = Int64(inFlight.count)
        isClosing = true
    }

    /// The drain ended while messages were still arriving.
    @usableFromInline mutating func noteDrainCut(nowNanoseconds: Int64) {
        isDrainCut = true
        incidents.note(
            "the drain was cut while messages were still arriving", count: 1,
            nowNanoseconds: nowNanoseconds)
    }

    /// Hands over what is still open and gives the ledgers out.
    @usableFromInline consuming func finish(nowNanoseconds: Int64) -> WorkerLedgers {
        let failureCount = handlers.reduce(0) { $0 + ($1?.failureCount ?? 0) }
        if failureCount > 0 {
            incidents.note(
                "a handler failed", count: failureCount, nowNanoseconds: nowNanoseconds)
        }
        let ledgers = WorkerLedgers(
            sends: sendLedgers, receives: receiveLedgers, failedCount: failedCount,
            strayTokenCount: strayTokenCount, unansweredCount: unansweredCount,
            unsentCount: unsentCount, refusedCount: refusedCount, isDrainCut: isDrainCut,
            deferredRotationCount: recorder.deferredRotationCount, incidents: incidents,
            stages: stages)
        recorder.finish(atNanoseconds: nowNanoseconds)
        return ledgers
    }
}

/// What a worker leaves behind.
@usableFromInline package struct WorkerLedgers: Sendable {
    /// One per class.
    @usableFromInline package let sends: [SendLedger]
    /// One per class and group, classes first.
    @usableFromInline package let receives: [ReceiveLedger]
    @usableFromInline package let failedCount: Int64
    @usableFromInline package let strayTokenCount: Int64
    /// Messages that were neither acknowledged nor failed by the end of the drain.
    package let unansweredCount: Int64
    /// Messages that were due in the window and were not sent.
    package let unsentCount: Int64
    /// How often a message that was due was refused.
    package let refusedCount: Int64
    /// Whether messages were still arriving when the drain ended.
    package let isDrainCut: Bool
    package let deferredRotationCount: Int
    package let incidents: IncidentLog
    /// Nil in a run that does not measure stages.
    package let stages: StageAccount?
}

/// Texts of what happened, each with how often; bounded.
@usableFromInline package struct IncidentLog: Sendable, Equatable {
    /// What happened and how often, in order of first appearance.
    package private(set) var entries: [Entry] = []
    /// Incidents beyond the bound on different texts.
    package private(set) var furtherCount: Int64 = 0
    /// When each happened, by the place of its text in `entries`; the first so many.
    private(set) var moments: [Moment] = []

    struct Moment: Sendable, Equatable {
        let entry: Int
        let atNanoseconds: Int64
    }

    /// One kind of incident.
    @usableFromInline package struct Entry: Sendable, Equatable {
        package let text: String
        package var count: Int64
        package let firstNanoseconds: Int64
    }

    // BOUND: a result names kinds of incidents, it is not a log file.
    private static let entryCountMax = 32
    // BOUND: enough to say what else happened around the slowest messages.
    private static let momentCountMax = 512

    @usableFromInline package init() {}

    init(entries: [Entry], furtherCount: Int64, moments: [Moment]) {
        self.entries = entries
        self.furtherCount = furtherCount
        self.moments = moments
    }

    /// Notes that something happened, so many times.
    package mutating func note(_ text: String, count: Int64, nowNanoseconds: Int64) {
        if let index = entries.firstIndex(where: { $0.text == text }) {
            entries[index].count += count
            note(Moment(entry: index, atNanoseconds: nowNanoseconds))
        } else if entries.count < Self.entryCountMax {
            entries.append(Entry(text: text, count: count, firstNanoseconds: nowNanoseconds))
            note(Moment(entry: entries.count - 1, atNanoseconds: nowNanoseconds))
        } else {
            furtherCount += count
        }
    }

    private mutating func note(_ moment: Moment) {
        if moments.count < Self.momentCountMax { moments.append(moment) }
    }

    /// What happened in a range of times, each text once; of the first incidents of a run.
    package func texts(in times: ClosedRange<Int64>) -> [String] {
        let found = Set(moments.filter { times.contains($0.atNanoseconds) }.map(\.entry))
        return found.sorted().map { entries[$0].text }
    }

    /// Adds another worker's incidents.
    package mutating func merge(_ other: IncidentLog) {
        let own = moments
        for entry in other.entries {
            note(entry.text, count: entry.count, nowNanoseconds: entry.firstNanoseconds)
        }
        furtherCount += other.furtherCount
        // The moments of both, instead of those that the texts were entered with.
        moments = own
        for moment in other.moments {
            let text = other.entries[moment.entry].text
            guard let entry = entries.firstIndex(where: { $0.text == text }) else { continue }
            note(Moment(entry: entry, atNanoseconds: moment.atNanoseconds))
        }
    }
}

extension WorkerRecord {
    /// Counts that move with everything that a worker sends or hears.
    @usableFromInline struct Progress: Equatable {
        @usableFromInline let sentCount: Int64
        @usableFromInline let receivedCount: Int64
        @usableFromInline let inFlightCount: Int

        @inlinable init(sentCount: Int64, receivedCount: Int64, inFlightCount: Int) {
            self.sentCount = sentCount
            self.receivedCount = receivedCount
            self.inFlightCount = inFlightCount
        }

        @inlinable static func == (a: Progress, b: Progress) -> Bool {
            a.sentCount == b.sentCount && a.receivedCount == b.receivedCount
                && a.inFlightCount == b.inFlightCount
        }
    }

    /// What the worker has done so far: as long as it is the same, nothing has happened. What is
    /// under way changes without a send only by an answer.
    @inlinable var progress: Progress {
        Progress(
            sentCount: sentCount, receivedCount: receivedCount, inFlightCount: inFlight.count)
    }
}

extension WorkerRecord: DriverSink {
    /// The number of messages in flight is about to change.
    @inlinable mutating func noteInFlight(nowNanoseconds: Int64) {
        inFlightArea +=
            Double(inFlight.count) * Double(nowNanoseconds &- inFlightNotedNanoseconds)
        inFlightNotedNanoseconds = nowNanoseconds
    }

    @inlinable package mutating func acknowledged(
        _ tokens: UnsafeBufferPointer<UInt32>, nowNanoseconds: Int64
    ) {
        noteInFlight(nowNanoseconds: nowNanoseconds)
        for token in tokens {
            guard let message = inFlight.remove(token) else {
                strayTokenCount &+= 1
                continue
            }
            let index = Int(message.producer)
            producers[index].inFlightCount &-= 1
            let classIndex = producers[index].classIndex
            sendLedgers[classIndex].acknowledge(
                producer: producers[index].producer, destination: Int(message.destination),
                first: message.sequence, count: 1)
            recorder.recordAcknowledgement(
                classIndex: classIndex, intendedNanoseconds: message.intendedNanoseconds,
                actualNanoseconds: message.actualNanoseconds, nowNanoseconds: nowNanoseconds)
        }
    }

    @usableFromInline package mutating func failed(
        _ tokens: UnsafeBufferPointer<UInt32>, _ reason: String, nowNanoseconds: Int64
    ) {
        noteInFlight(nowNanoseconds: nowNanoseconds)
        for token in tokens {
            guard let message = inFlight.remove(token) else {
                strayTokenCount += 1
                continue
            }
            let index = Int(message.producer)
            producers[index].inFlightCount -= 1
            // Closing fails what is under way; it was counted as unanswered already.
            guard !isClosing else { continue }
            failedCount += 1
            recorder.recordFailure(
                classIndex: producers[index].classIndex, count: 1, nowNanoseconds: nowNanoseconds)
        }
        guard !isClosing else { return }
        incidents.note(reason, count: Int64(tokens.count), nowNanoseconds: nowNanoseconds)
    }

    @inlinable package mutating func delivered(
        consumer: Int, destination: Int, value: UnsafeRawBufferPointer, nowNanoseconds: Int64
    ) {
        _ = receive(
            consumer: consumer, destination: destination, value: value,
            nowNanoseconds: nowNanoseconds)
    }

    /// Accounts for a message that arrived.
    ///
    /// - Returns: Its stamp and how long it waits for its handler; nil for one that is damaged or
    ///   has been here before, which has no latency.
    @inlinable mutating func receive(
        consumer: Int, destination: Int, value: UnsafeRawBufferPointer, nowNanoseconds: Int64
    ) -> (stamp: Stamp, waitNanoseconds: Int64)? {
        receivedCount &+= 1
        let wait =
            handlers.isEmpty ? 0 : take(consumer: consumer, nowNanoseconds: nowNanoseconds)
        let decode = Stamp.decode(value, nearNanoseconds: nowNanoseconds)
        guard receiveLedgers[consumerLedgers[consumer]].note(decode, arrivedAt: destination),
            case .valid(let stamp, _) = decode
        else { return nil }
        uniqueCount &+= 1
        recorder.recordReceipt(
            classIndex: consumerClasses[consumer],
            intendedNanoseconds: stamp.intendedNanoseconds,
            actualNanoseconds: stamp.actualNanoseconds, nowNanoseconds: nowNanoseconds,
            waitNanoseconds: wait, byteCount: value.count)
        return (stamp, wait)
    }

    /// Hands a message to its consumer's handler.
    ///
    /// - Returns: How long it waits for it.
    @usableFromInline mutating func take(consumer: Int, nowNanoseconds: Int64) -> Int64 {
        (handlers[consumer]?.take(nowNanoseconds: nowNanoseconds) ?? nowNanoseconds)
            - nowNanoseconds
    }

    @usableFromInline package func freeNanoseconds(
        consumer: Int, nowNanoseconds: Int64
    ) -> Int64 {
        guard !handlers.isEmpty, let handler = handlers[consumer] else { return nowNanoseconds }
        return handler.free(nowNanoseconds: nowNanoseconds)
    }

    @inlinable package mutating func delivered(
        consumer: Int, destination: Int, value: UnsafeRawBufferPointer, nowNanoseconds: Int64,
        stages: StageTimes?
    ) {
        guard
            let (stamp, wait) = receive(
                consumer: consumer, destination: destination, value: value,
                nowNanoseconds: nowNanoseconds)
        else { return }
        note(
            stages, stamp, consumer, takenNanoseconds: nowNanoseconds, waitNanoseconds: wait)
    }

    /// Notes the stages of a message whose receipt was just recorded.
    @usableFromInline mutating func note(
        _ times: StageTimes?, _ stamp: Stamp, _ consumer: Int, takenNanoseconds: Int64,
        waitNanoseconds: Int64
    ) {
        let handled = takenNanoseconds &+ waitNanoseconds
        let isAdmitted = stages?.admit(
            times, stamp, consumer,
            isMeasured: stamp.intendedNanoseconds >= recorder.measureStartNanoseconds,
            takenNanoseconds: takenNanoseconds, handledNanoseconds: handled)
        guard isAdmitted == true, let times else { return }
        recorder.recordStages(
            classIndex: consumerClasses[consumer],
            intendedNanoseconds: stamp.intendedNanoseconds, handledNanoseconds: handled, times)
    }

    @usableFromInline package mutating func noted(_ incident: String, nowNanoseconds: Int64) {
        incidents.note(incident, count: 1, nowNanoseconds: nowNanoseconds)
    }
}
