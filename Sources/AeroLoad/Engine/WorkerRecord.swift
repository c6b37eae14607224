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
    /// How often the driver moved bytes, of whole messages or of parts.
    @usableFromInline var movedCount: Int64 = 0
    /// Messages given to the driver.
    @usableFromInline package internal(set) var sentCount: Int64 = 0
    /// Messages that the driver said had failed.
    package private(set) var failedCount: Int64 = 0
    /// Acknowledgements that named no message under way.
    @usableFromInline package internal(set) var strayTokenCount: Int64 = 0
    /// Messages that were due before the window closed and could not be sent in it. They are the
    /// latest of all, and in no latency series.
    @usableFromInline package internal(set) var unsentCount: Int64 = 0
    /// Messages of the measured window that are in flight.
    @usableFromInline var measuredInFlightCount = 0
    /// The same times nanoseconds, for Little's law: counted as they come and go, apart from the
    /// latencies that it is held against. As the drain is a part of both, the law holds exactly,
    /// whatever the load does at the edges of the window.
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
        // What is taken later than anybody watches is in the last interval.
        recordTaken(untilNanoseconds: .max, nowNanoseconds: nowNanoseconds)
        let failureCount = handlers.reduce(0) { $0 + ($1?.failureCount ?? 0) }
        if failureCount > 0 {
            incidents.note(
                "a handler failed", count: failureCount, nowNanoseconds: nowNanoseconds)
        }
        let ledgers = WorkerLedgers(
            sends: sendLedgers, receives: receiveLedgers, failedCount: failedCount,
            strayTokenCount: strayTokenCount, unansweredCount: unansweredCount,
            unsentCount: unsentCount, refusedCount: refusedCount, inFlightArea: inFlightArea,
            isDrainCut: isDrainCut,
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
    /// Messages of the measured window in flight times nanoseconds, drain included.
    package let inFlightArea: Double
    /// Whether messages were still arriving when the drain ended.
    package let isDrainCut: Bool
    package let deferredRotationCount: Int
    package let incidents: IncidentLog
    /// Nil in a run that does not measure stages.
    package let stages: StageAccount?
}

extension WorkerRecord {
    /// Counts that move with everything that a worker sends or hears.
    @usableFromInline struct Progress: Equatable {
        @usableFromInline let movedCount: Int64
        @usableFromInline let sentCount: Int64
        @usableFromInline let receivedCount: Int64
        @usableFromInline let inFlightCount: Int

        @inlinable init(
            movedCount: Int64, sentCount: Int64, receivedCount: Int64, inFlightCount: Int
        ) {
            self.movedCount = movedCount
            self.sentCount = sentCount
            self.receivedCount = receivedCount
            self.inFlightCount = inFlightCount
        }

        @inlinable static func == (a: Progress, b: Progress) -> Bool {
            a.movedCount == b.movedCount && a.sentCount == b.sentCount
                && a.receivedCount == b.receivedCount && a.inFlightCount == b.inFlightCount
        }
    }

    /// What the worker has done so far: as long as it is the same, nothing has happened. What is
    /// under way changes without a send only by an answer.
    @inlinable var progress: Progress {
        Progress(
            movedCount: movedCount, sentCount: sentCount, receivedCount: receivedCount,
            inFlightCount: inFlight.count)
    }
}

extension WorkerRecord: DriverSink {
    /// The number of messages in flight is about to change.
    @inlinable mutating func noteInFlight(nowNanoseconds: Int64) {
        inFlightArea +=
            Double(measuredInFlightCount) * Double(nowNanoseconds &- inFlightNotedNanoseconds)
        inFlightNotedNanoseconds = nowNanoseconds
    }

    /// Whether a message is one of the measured window.
    @inlinable func isMeasured(intendedNanoseconds: Int64) -> Bool {
        intendedNanoseconds >= recorder.measureStartNanoseconds
    }

    /// A message is under way.
    @inlinable mutating func depart(_ message: InFlightMessage) {
        noteInFlight(nowNanoseconds: message.actualNanoseconds)
        if isMeasured(intendedNanoseconds: message.intendedNanoseconds) {
            measuredInFlightCount &+= 1
        }
        inFlight.take(message)
        producers[Int(message.producer)].inFlightCount &+= 1
    }

    /// A message is under way no more; nil when its token names none.
    @inlinable mutating func arrive(_ token: UInt32) -> InFlightMessage? {
        guard let message = inFlight.remove(token) else {
            strayTokenCount &+= 1
            return nil
        }
        if isMeasured(intendedNanoseconds: message.intendedNanoseconds) {
            measuredInFlightCount &-= 1
        }
        producers[Int(message.producer)].inFlightCount &-= 1
        return message
    }

    @inlinable package mutating func acknowledged(
        _ tokens: UnsafeBufferPointer<UInt32>, nowNanoseconds: Int64
    ) {
        noteInFlight(nowNanoseconds: nowNanoseconds)
        for token in tokens {
            guard let message = arrive(token) else { continue }
            let index = Int(message.producer)
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
            guard let message = arrive(token) else { continue }
            let index = Int(message.producer)
            // Closing fails what is under way; it was counted as unanswered already.
            guard !isClosing else { continue }
            failedCount += 1
            recorder.recordFailure(
                classIndex: producers[index].classIndex, count: 1, nowNanoseconds: nowNanoseconds)
        }
        guard !isClosing else { return }
        incidents.note(reason, count: Int64(tokens.count), nowNanoseconds: nowNanoseconds)
    }

    @usableFromInline package func freeNanoseconds(
        consumer: Int, nowNanoseconds: Int64
    ) -> Int64 {
        guard !handlers.isEmpty, let handler = handlers[consumer] else { return nowNanoseconds }
        return handler.free(nowNanoseconds: nowNanoseconds)
    }

    @inlinable package mutating func moved() { movedCount &+= 1 }

    @usableFromInline package mutating func noted(_ incident: String, nowNanoseconds: Int64) {
        incidents.note(incident, count: 1, nowNanoseconds: nowNanoseconds)
    }
}
