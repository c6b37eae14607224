// Handing records to a handler, again after a while where it fails, and away in the end.

import AeroIO

/// A consumer as the runner sees it.
protocol RecordSource: Sendable {
    var handle: ClientHandle { get }
    var inbox: ConsumerInbox { get }

    /// The next batch, or nil when there was none until the deadline.
    func take(
        deadlineNanoseconds: Int64, isOver: Bool
    ) async throws(ClientError) -> RecordBatch?
}

/// What a caller does with a record.
typealias RecordHandler = @Sendable (Record) async throws -> Void

/// Runs a handler over the records of a consumer. One task uses it.
///
/// One record is handled at a time. Within a partition the order is kept: while a record waits for
/// its next attempt, those behind it wait too, in the inbox, where they count against the receive
/// window. Other partitions go on. A record counts as worked off once the handler has returned or
/// its dead letter is acknowledged, and never before.
struct RecordRunner<Source: RecordSource> {
    /// A record to be handled, and those of its batch behind it.
    private struct Work {
        let chunk: DeliveredChunk
        var record: Record
        var rest: RecordBatch.Iterator
        /// Names its place in the inbox while it waits.
        var ticket: Int?
        /// Failed attempts of `record`, and what the last one died of.
        var failureCount = 0
        var cause = ""
        /// True once it is only to be written away, and how often that has failed.
        var isDead = false
        var failedLetterCount = 0

        init?(_ batch: RecordBatch) {
            var records = batch.makeIterator()
            guard let first = records.next() else { return nil }
            chunk = batch.chunk
            record = first
            rest = records
        }

        var lane: Int { chunk.lane }

        /// Goes on to the next record.
        ///
        /// - Returns: False behind the last.
        mutating func advance() -> Bool {
            guard let next = rest.next() else { return false }
            record = next
            failureCount = 0
            cause = ""
            isDead = false
            failedLetterCount = 0
            return true
        }
    }

    private let source: Source
    private let options: RedeliveryOptions
    private let handler: RecordHandler
    private var letters: DeadLetterWriter
    private var queue = RedeliveryQueue<Work>()
    private var nextWakeNanoseconds: Int64 = 0
    private(set) var counts = HandlingCounts()

    /// How long a record that is worked off may wait for its acknowledgement to set out while a
    /// handler takes its time over the next one.
    private static var wakeIntervalNanoseconds: Int64 { 10_000_000 }

    init(
        _ source: Source, group: String?, _ options: RedeliveryOptions,
        _ handler: @escaping RecordHandler
    ) {
        self.source = source
        self.options = options
        self.handler = handler
        letters = DeadLetterWriter(source.handle, group: group, options)
    }

    /// Runs until the consumer is closed by the caller.
    ///
    /// - Throws: Why it ended otherwise.
    mutating func run() async throws(ClientError) {
        guard source.inbox.beginHandling() else {
            throw ClientError(
                .invalidConfiguration, "a handler has, or had, the consumer's records already")
        }
        do throws(ClientError) {
            // BOUND: each step waits for a batch or for a record's time.
            while true { try await step() }
        } catch {
            // What was taken and is not worked off comes again to the next consumer, not to this.
            source.inbox.fail(error, keepsChunks: false)
            source.handle.runtime.signal.wake()
            guard error.code == .closed else { throw error }
        }
    }

    private mutating func step() async throws(ClientError) {
        if var due = queue.takeDue(nowNanoseconds: MonotonicClock.nowNanoseconds()) {
            // The partition may have gone to another member, or its position been moved.
            guard let ticket = due.ticket, source.inbox.pickUp(lane: due.lane, ticket) else {
                return
            }
            try await workOff(&due)
            return
        }
        let batch = try await source.take(
            deadlineNanoseconds: queue.nextDueNanoseconds, isOver: false)
        if let batch, var work = Work(batch) { try await workOff(&work) }
    }

    /// Handles a batch, or what is left of one, up to the first record that has to wait.
    private mutating func workOff(_ work: inout Work) async throws(ClientError) {
        repeat {
            guard !Task.isCancelled else { throw .cancelled }
            if !work.isDead, try await attempt(&work) == false {
                wait(work, afterFailures: work.failureCount)
                return
            }
            if work.isDead, try await bury(&work) == false {
                wait(work, afterFailures: work.failedLetterCount)
                return
            }
            // False when the partition is on its way to another member, or somewhere else.
            guard settle(work) else { return }
        } while work.advance()
        source.inbox.resume(lane: work.lane)
    }

    /// Hands the record out once.
    ///
    /// - Returns: False when it has to wait for another attempt.
    private mutating func attempt(_ work: inout Work) async throws(ClientError) -> Bool {
        do {
            try await handler(work.record)
            counts.handledCount += 1
            return true
        } catch {
            // A handler that was cancelled has not failed.
            guard !Task.isCancelled else { throw .cancelled }
            work.failureCount += 1
            counts.failedAttemptCount += 1
            work.cause = "\(error)"
            work.isDead =
                error is RecordRejection || work.failureCount >= options.maximumAttempts
            return work.isDead
        }
    }

    /// Writes the record's dead letter.
    ///
    /// - Returns: False when that has to be tried again.
    private mutating func bury(_ work: inout Work) async throws(ClientError) -> Bool {
        do throws(ClientError) {
            try await letters.write(
                work.record, attempts: work.failureCount, cause: work.cause)
            counts.deadLetterCount += 1
            return true
        } catch {
            if error.code == .closed || error.code == .cancelled { throw error }
            // A letter that may be there already is written once more rather than not at all.
            guard error.isRetriable || error.code == .outOfSequence else {
                throw explained(error, work.record)
            }
            work.failedLetterCount += 1
            return false
        }
    }

    private mutating func settle(_ work: Work) -> Bool {
        let isOurs = source.inbox.settle(work.chunk, throughOffset: work.record.offset)
        let now = MonotonicClock.nowNanoseconds()
        if now >= nextWakeNanoseconds {
            nextWakeNanoseconds = saturatingSum(now, Self.wakeIntervalNanoseconds)
            source.handle.runtime.signal.wake()
        }
        return isOurs
    }

    private mutating func wait(_ work: Work, afterFailures count: Int) {
        guard let ticket = source.inbox.setAside(lane: work.lane) else { return }
        var waiting = work
        waiting.ticket = ticket
        queue.add(
            waiting,
            dueNanoseconds: saturatingSum(
                MonotonicClock.nowNanoseconds(),
                options.waitNanoseconds(afterFailures: count)))
    }

    private func explained(_ error: ClientError, _ record: Record) -> ClientError {
        ClientError(
            error.code,
            "the dead letter of \(record.topic)/\(record.partition) offset \(record.offset) cannot "
                + "be written to \(options.deadLetterTopic(of: record.topic)): \(error.message); "
                + "the record is not acknowledged",
            brokerAddress: error.brokerAddress, brokerCode: error.brokerCode,
            lastCause: error.lastCause, elapsed: error.elapsed)
    }
}
