// Watches the generator's own process while a run is under way.

import AeroIO
import AeroLoad
import Glibc
import HDRHistogram
import Synchronization

/// A control thread with its notes: hiccups, what load threads wait for cores, and clocks.
final class HealthMonitor: Sendable {
    private let notes = Mutex(HealthNotes())
    private let control = Mutex<ControlThread?>(nil)

    /// A thousand looks a second: a hiccup of a millisecond is seen.
    private static let periodNanoseconds: Int64 = 1_000_000

    /// Begins to watch; a run without threads to spare is watched by nobody. A second call gives a
    /// new plan.
    ///
    /// - Parameters:
    ///   - window: The time plan.
    ///   - processes: Those that the load threads are in; empty for this one.
    func begin(_ window: RecordingWindow, processes: [Int32] = []) {
        let isWatching = notes.withLock { $0.begin(window, processes) }
        guard !isWatching else { return }
        do throws(Errno) {
            let thread = try ControlThread.start(
                name: "control", periodNanoseconds: Self.periodNanoseconds
            ) { [self] tick in
                notes.withLock { $0.note(tick) }
            }
            control.withLock { $0 = thread }
        } catch {
            notes.withLock { $0.giveUp() }
        }
    }

    /// Whether the clock that measures has jumped so far that nothing is worth measuring by it, and
    /// waiting for a time of it may take for ever.
    var isClockLost: Bool { notes.withLock { $0.isClockLost } }

    /// Ends the watch and gives out what was noted; nil when there was none.
    func finish() -> HealthRecord? {
        let thread = control.withLock { $0.take() }
        thread?.stop()
        return notes.withLock { $0.finish() }
    }
}

/// What the control thread writes down; only ever used under the lock.
private struct HealthNotes {
    private var window: RecordingWindow?
    private var processes: [Int32] = []
    private var record = HealthRecord()
    private var slot: RecordingWindow.Slot?
    private var slotStartNanoseconds: Int64 = 0
    private var hiccupNanoseconds: Int64 = 0
    private var hiccupNanosecondsMax: Int64 = 0
    private var clockNanoseconds: Int64 = 0
    /// Load threads, what the scheduler last said of each, and their sums over the window.
    private var threads: [(identifier: Int32, name: String)] = []
    private var schedules: [ProcessStatistics.Scheduling?] = []
    private var sums: [(run: Int64, wait: Int64, length: Int64)] = []

    /// Overshoots below this are the timer's.
    private static let hiccupNanosecondsMin: Int64 = 100_000
    private static let clockPeriodNanoseconds: Int64 = 100_000_000
    private static let lostClockNanosecondsMin: Int64 = 1_000_000_000
    /// Hiccups from here on are told one by one, beside the slowest messages.
    private static let momentNanosecondsMin: Int64 = 1_000_000
    // BOUND: 64 KiB; a machine with more of them has told enough.
    private static let momentCountMax = 4_096

    /// Returns whether somebody watches already.
    mutating func begin(_ window: RecordingWindow, _ processes: [Int32]) -> Bool {
        let isWatching = self.window != nil
        self.window = window
        self.processes = processes.isEmpty ? [getpid()] : processes
        guard !isWatching else { return true }
        do throws(HistogramError) {
            record.hiccups = try Histogram(
                lowestDiscernibleValue: 1, highestTrackableValue: 3_600_000_000_000,
                significantDigits: 3)
        } catch {
            preconditionFailure("the configuration of every latency histogram is legal")
        }
        return false
    }

    mutating func giveUp() { window = nil }

    var isClockLost: Bool {
        record.monotonicJumpNanosecondsMax >= Self.lostClockNanosecondsMin
    }

    mutating func note(_ tick: ControlThread.Tick) {
        // Looked at first, and also when it has gone back: it decides what everything else means.
        if abs(tick.nowNanoseconds - clockNanoseconds) >= Self.clockPeriodNanoseconds {
            clockNanoseconds = tick.nowNanoseconds
            note(ClockReading.now())
        }
        guard let window, tick.nowNanoseconds >= window.startNanoseconds else { return }
        if tick.overshootNanoseconds >= Self.momentNanosecondsMin,
            record.moments.count < Self.momentCountMax
        {
            record.moments.append(
                HealthRecord.Hiccup(
                    endNanoseconds: tick.nowNanoseconds,
                    lengthNanoseconds: tick.overshootNanoseconds))
        }
        let current = window.slot(atNanoseconds: tick.nowNanoseconds)
        if current.index != slot?.index {
            close(atNanoseconds: tick.nowNanoseconds)
            open(current, tick)
        }
        guard current.phase != .drain else { return }
        hiccupNanosecondsMax = max(hiccupNanosecondsMax, tick.overshootNanoseconds)
        if tick.overshootNanoseconds >= Self.hiccupNanosecondsMin {
            hiccupNanoseconds += tick.overshootNanoseconds
        }
        if current.phase == .measure { record.hiccups?.record(tick.overshootNanoseconds) }
    }

    private mutating func open(_ current: RecordingWindow.Slot, _ tick: ControlThread.Tick) {
        // An interval in which the thread never woke up was one single hiccup.
        if let slot, slot.index + 1 < current.index {
            for missed in slot.index + 1..<current.index {
                record.intervals.append(
                    HealthRecord.Interval(
                        index: missed, isMeasured: slot.phase == .measure,
                        hiccupNanosecondsMax: tick.overshootNanoseconds,
                        hiccupNanoseconds: tick.overshootNanoseconds))
            }
        }
        slot = current
        slotStartNanoseconds = tick.nowNanoseconds
        hiccupNanoseconds = 0
        hiccupNanosecondsMax = 0
        if threads.isEmpty { findThreads() }
    }

    private mutating func close(atNanoseconds now: Int64) {
        guard let slot, slot.phase != .drain else { return }
        let length = now - slotStartNanoseconds
        var longest: Int64?
        for (place, thread) in threads.enumerated() {
            // A thread that has ended says nothing any more.
            guard
                let schedule = ProcessStatistics.scheduling(
                    threadIdentifier: thread.identifier)
            else { continue }
            defer { schedules[place] = schedule }
            guard let before = schedules[place] else { continue }
            let wait = schedule.waitNanoseconds - before.waitNanoseconds
            longest = max(longest ?? 0, wait)
            guard slot.phase == .measure else { continue }
            sums[place].run += schedule.runNanoseconds - before.runNanoseconds
            sums[place].wait += wait
            sums[place].length += length
        }
        record.intervals.append(
            HealthRecord.Interval(
                index: slot.index, isMeasured: slot.phase == .measure,
                hiccupNanosecondsMax: hiccupNanosecondsMax, hiccupNanoseconds: hiccupNanoseconds,
                runQueueShare: length > 0
                    ? longest.map { min(1, Double($0) / Double(length)) } : nil))
    }

    private mutating func findThreads() {
        do throws(Errno) {
            for process in processes {
                threads += try ProcessStatistics.threads(processIdentifier: process)
                    .filter { $0.name.hasPrefix(LoadRun.threadNamePrefix) }
                    .map { ($0.identifier, $0.name) }
            }
        } catch {
            threads = []  // Without /proc there is no account of threads.
        }
        schedules = threads.map { ProcessStatistics.scheduling(threadIdentifier: $0.identifier) }
        sums = threads.map { _ in (0, 0, 0) }
    }

    private mutating func note(_ reading: ClockReading) {
        guard let clocks = record.clocks else {
            record.clocks = (reading, reading)
            return
        }
        let step = reading.monotonicNanoseconds - clocks.last.monotonicNanoseconds
        let wall = reading.wallNanoseconds - clocks.last.wallNanoseconds
        let raw = reading.rawNanoseconds - clocks.last.rawNanoseconds
        record.wallJumpNanosecondsMax = max(record.wallJumpNanosecondsMax, abs(wall - step))
        record.monotonicJumpNanosecondsMax = max(
            record.monotonicJumpNanosecondsMax, abs(raw - step))
        record.clocks = (clocks.first, reading)
    }

    mutating func finish() -> HealthRecord? {
        guard window != nil else { return nil }
        close(atNanoseconds: MonotonicClock.nowNanoseconds())
        slot = nil
        record.threads = zip(threads, sums).filter { $1.length > 0 }.map { thread, sum in
            HealthRecord.LoadThread(
                name: thread.name, runShare: Double(sum.run) / Double(sum.length),
                waitShare: Double(sum.wait) / Double(sum.length))
        }
        return record
    }
}
