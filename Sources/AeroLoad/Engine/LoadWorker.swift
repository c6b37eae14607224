// The loop of one load-generating thread.

/// Where a worker's time comes from: the monotonic clock, or a test's virtual one.
@usableFromInline package protocol LoadClock: Sendable {
    /// Nanoseconds since any fixed moment; never goes back.
    func nowNanoseconds() -> Int64
}

/// Sends what is due, takes what has happened, and does both until the run is over.
///
/// The loop never waits for the target before a send: a message that could not be sent when it
/// was due is sent as soon as possible, timed from when it was due, and its lag is recorded.
@usableFromInline
package struct LoadWorker<Driver: DriverWorker & ~Copyable, Clock: LoadClock>: ~Copyable {
    @usableFromInline var driver: Driver
    @usableFromInline package internal(set) var record: WorkerRecord
    @usableFromInline let clock: Clock
    @usableFromInline var bodies: MessageBodies
    @usableFromInline var window: RecordingWindow
    @usableFromInline let coordination: RunCoordination
    @usableFromInline let deliveriesPerSend: [Int64]
    /// What the thread had used when the measured window began and when it ended.
    @usableFromInline package internal(set) var usage = WorkerUsage()
    /// Time in turns that found nothing to do and did not sleep.
    @usableFromInline var spinNanoseconds: Int64 = 0

    /// Messages that a turn sends at most before it looks at what has happened.
    @inlinable static var burstMax: Int { 64 }

    /// - Parameters:
    ///   - driver: Clients that can send and receive.
    ///   - record: Where everything is noted; of the same assignment and window.
    ///   - clock: What `window` is in.
    ///   - bodies: Of the scenario's classes.
    ///   - window: When to send.
    ///   - coordination: Shared by the workers of the run.
    ///   - deliveriesPerSend: How many groups get each message, by class.
    @inlinable package init(
        driver: consuming Driver, record: consuming WorkerRecord, clock: Clock,
        bodies: consuming MessageBodies, window: RecordingWindow,
        coordination: RunCoordination, deliveriesPerSend: [Int64]
    ) {
        self.driver = driver
        self.record = record
        self.clock = clock
        self.bodies = bodies
        self.window = window
        self.coordination = coordination
        self.deliveriesPerSend = deliveriesPerSend
        self.record.recorder.follow(coordination)
    }

    /// Sends for as long as the window is open, then waits for what is still under way.
    ///
    /// - Throws: When the driver cannot go on; what was recorded until then stays in `record`.
    @inlinable package mutating func run() throws(DriverError) {
        do throws(DriverError) {
            try generate()
        } catch {
            endWindow()
            throw error
        }
        endWindow()
        try drain()
    }

    @inlinable mutating func generate() throws(DriverError) {
        var now = clock.nowNanoseconds()
        while now < window.startNanoseconds {
            try driver.poll(untilNanoseconds: window.startNanoseconds, into: &record)
            now = clock.nowNanoseconds()
        }
        while now < window.measureEndNanoseconds, !coordination.isStopping {
            let turnNanoseconds = now
            let before = record.progress
            var nextNanoseconds = window.measureEndNanoseconds
            for index in record.producers.indices {
                let due = sendDue(index, &now)
                if due < nextNanoseconds { nextNanoseconds = due }
            }
            now = clock.nowNanoseconds()
            driver.flush(nowNanoseconds: now)
            let until =
                nextNanoseconds < record.recorder.nextRotationNanoseconds
                ? nextNanoseconds : record.recorder.nextRotationNanoseconds
            try driver.poll(untilNanoseconds: until, into: &record)
            now = clock.nowNanoseconds()
            if record.progress == before { noteSpin(now &- turnNanoseconds) }
            record.recordTaken(untilNanoseconds: now, nowNanoseconds: now)
            record.recorder.rotateIfDue(atNanoseconds: now)
            if coordination.measureStartNanoseconds < window.measureStartNanoseconds {
                cutWarmup()
            }
            if now >= window.measureStartNanoseconds, usage.start == nil { markUsage(.start) }
        }
        guard !coordination.isStopping else { return }
        // The loop may come late to the last messages of the window: they are sent as late as they
        // are. What the target does not take now is its own backlog, and is counted.
        try sendRest()
    }

    /// A turn sent nothing and heard nothing. It is work on a core that nobody asked for, unless it
    /// took so long that it must have slept (or was put to sleep) in it.
    @inlinable mutating func noteSpin(_ nanoseconds: Int64) {
        if nanoseconds < Self.spinNanosecondsMax { spinNanoseconds &+= nanoseconds }
    }

    /// Drivers poll without sleeping when the next thing is due soon. Their sleeps are longer than
    /// this, and a look that finds nothing takes a hundredth of it.
    @inlinable static var spinNanosecondsMax: Int64 { 75_000 }

    /// The warm-up has been found to be over.
    @usableFromInline mutating func cutWarmup() {
        window = window.measuring(from: coordination.measureStartNanoseconds)
    }

    /// How long the target may hold up what was due at the end of the window.
    @inlinable static var restNanosecondsMax: Int64 { 1_000_000_000 }

    /// Sends what is still due, a burst of each producer in turn, as the target takes it.
    @inlinable mutating func sendRest() throws(DriverError) {
        var now = clock.nowNanoseconds()
        let end = now &+ Self.restNanosecondsMax
        while now < end, !coordination.isStopping {
            var hasRest = false
            var next = Int64.max
            for index in record.producers.indices where isBehind(index) {
                hasRest = true
                next = min(next, sendDue(index, &now))
            }
            guard hasRest else { return }
            driver.flush(nowNanoseconds: now)
            // A target that refuses gets a moment; one that takes more goes on at once.
            try driver.poll(
                untilNanoseconds: next == .max ? now &+ 1_000_000 : now, into: &record)
            now = clock.nowNanoseconds()
        }
    }

    /// True when a message of the window is still to be sent. Without a schedule the next one is
    /// never late.
    @inlinable func isBehind(_ index: Int) -> Bool {
        record.producers[index].intendedNanoseconds(nowNanoseconds: .max)
            < window.measureEndNanoseconds
    }

    /// The window is over, for whatever reason: counts what was due in it and has not been sent.
    @usableFromInline mutating func endWindow() {
        markUsage(.end)
        // A window that was cut short has no more to send.
        guard !coordination.isStopping else { return }
        let end = min(clock.nowNanoseconds(), window.measureEndNanoseconds)
        for index in record.producers.indices {
            record.unsentCount += record.producers[index].overdueCount(beforeNanoseconds: end)
        }
    }

    /// Notes what the thread has used until now.
    @usableFromInline mutating func markUsage(_ edge: WorkerUsage.Edge) {
        record.noteInFlight(nowNanoseconds: clock.nowNanoseconds())
        usage.mark(
            edge, sentCount: record.sentCount, receivedCount: record.receivedCount,
            inFlightArea: record.inFlightArea, spinNanoseconds: spinNanoseconds)
    }

    /// Sends what one producer has due.
    ///
    /// - Parameter now: The time before the first message; left at the time after the last.
    /// - Returns: When it has something to do next: a time of its schedule, now when it was cut
    ///   short, `Int64.max` when only the target can let it go on.
    @inlinable mutating func sendDue(_ index: Int, _ now: inout Int64) -> Int64 {
        for _ in 0..<Self.burstMax {
            let intended = record.producers[index].intendedNanoseconds(nowNanoseconds: now)
            if intended > now || intended >= window.measureEndNanoseconds { return intended }
            guard record.producers[index].inFlightCount < record.producers[index].inFlightMax
            else { return Int64.max }
            guard send(index, intended: intended, now) else { return Int64.max }
            now = clock.nowNanoseconds()
        }
        return now
    }

    @inlinable mutating func send(_ index: Int, intended: Int64, _ now: Int64) -> Bool {
        guard let token = record.inFlight.nextToken else {
            record.refusedCount &+= 1
            return false
        }
        let classIndex = record.producers[index].classIndex
        let producer = record.producers[index].producer
        let destination = record.producers[index].destination
        let byteCount = record.producers[index].messageByteCount
        guard
            let room = driver.claim(
                producer: index, destination: destination, key: record.producers[index].key,
                byteCount: byteCount, token: token, nowNanoseconds: now)
        else {
            record.refusedCount &+= 1
            return false
        }
        let sequence = record.sendLedgers[classIndex].nextSequence(
            producer: producer, destination: destination)
        bodies.fill(
            room, classIndex: classIndex,
            Stamp(
                classIndex: UInt8(truncatingIfNeeded: classIndex),
                producer: UInt16(truncatingIfNeeded: producer),
                destination: UInt16(truncatingIfNeeded: destination), sequence: sequence,
                intendedNanoseconds: intended, actualNanoseconds: now),
            byteCount: byteCount)
        // First of all: a window that has begun is known to have from here on.
        record.recorder.recordSend(
            classIndex: classIndex, intendedNanoseconds: intended, actualNanoseconds: now,
            byteCount: byteCount)
        if record.producers[index].wantsAcknowledgement {
            record.depart(
                InFlightMessage(
                    producer: Int32(truncatingIfNeeded: index),
                    destination: Int32(truncatingIfNeeded: destination), sequence: sequence,
                    intendedNanoseconds: intended, actualNanoseconds: now))
        }
        record.producers[index].advance()
        record.sentCount &+= 1
        driver.commit(producer: index, nowNanoseconds: now)
        return true
    }

    /// Waits until every message of all workers has arrived, or nothing comes any more.
    @inlinable mutating func drain() throws(DriverError) {
        var now = clock.nowNanoseconds()
        // As long as something arrives the target is slow and not silent, up to a limit.
        var end = now &+ coordination.drainNanosecondsMax
        var isStopped = false
        var quietEnd = now &+ coordination.drainNanoseconds
        driver.flush(nowNanoseconds: now)
        coordination.finishSending(expecting: expectedDeliveryCount)
        var reported: Int64 = 0
        var underWay = record.inFlight.count
        while now < quietEnd, now < end {
            if record.uniqueCount != reported || record.inFlight.count != underWay {
                quietEnd = now &+ coordination.drainNanoseconds
                coordination.addReceived(record.uniqueCount &- reported)
                reported = record.uniqueCount
                underWay = record.inFlight.count
            }
            if record.inFlight.count == 0, coordination.isDrained { return }
            if coordination.isStopping, !isStopped {
                isStopped = true
                end = min(end, now &+ RunCoordination.stoppedDrainNanosecondsMax)
            }
            try driver.poll(untilNanoseconds: now &+ 1_000_000, into: &record)
            driver.flush(nowNanoseconds: clock.nowNanoseconds())
            now = clock.nowNanoseconds()
            record.recordTaken(untilNanoseconds: now, nowNanoseconds: now)
            record.recorder.rotateIfDue(atNanoseconds: now)
        }
        if now >= end { record.noteDrainCut(nowNanoseconds: now) }
    }

    /// Messages that will arrive somewhere because of what this worker sent.
    @usableFromInline var expectedDeliveryCount: Int64 {
        var sum: Int64 = 0
        for classIndex in record.sendLedgers.indices {
            sum += record.sendLedgers[classIndex].sentCount * deliveriesPerSend[classIndex]
        }
        return sum
    }

    /// Closes the clients and gives out what was noted.
    @inlinable package consuming func finish() -> WorkerLedgers {
        record.beginClosing()
        driver.close(into: &record)
        return record.finish(nowNanoseconds: clock.nowNanoseconds())
    }
}
