// A share of a run's workers, in a process of its own.

package import AeroIO
import HDRHistogram

/// What a process does that was started for a run: it connects its workers, starts them when all
/// processes are ready, and sends what they record to the process that started it.
package struct LoadShare: Sendable {
    private let plan: LoadPlan
    private let share: Range<Int>
    private let driver: any LoadDriver
    private let cores: [Int?]
    private let coordination: RunCoordination

    /// - Parameters:
    ///   - plan: The whole run, the same in all its processes.
    ///   - share: The workers of this one.
    ///   - driver: What it is run against; somebody else has prepared the target.
    ///   - cores: The core for each worker of the share; empty leaves it to the kernel.
    ///   - memory: Shared by the processes of the run.
    package init(
        _ plan: LoadPlan, _ share: Range<Int>, driver: any LoadDriver, cores: [Int],
        memory: SharedMemory
    ) {
        self.plan = plan
        self.share = share
        self.driver = driver
        // By the worker's index in the run.
        self.cores =
            cores.isEmpty ? [] : [Int?](repeating: nil, count: share.lowerBound) + cores
        coordination = RunCoordination(joining: memory)
    }

    /// Runs to the end.
    ///
    /// - Parameters:
    ///   - isAbandoned: Asked many times a second: whether nobody waits for the results any more.
    ///   - write: Sends a line.
    /// - Returns: Whether it has begun.
    package func run(isAbandoned: () -> Bool, write: (String) -> Void) -> Bool {
        func send(_ message: ShareMessage) {
            for line in ShareLines.lines(message) { write(line) }
        }
        do throws(LoadRunError) {
            do throws(DriverError) { try driver.join(plan) } catch { throw .driver(error) }
            let crew = try ThreadCrew(plan, share, driver, coordination, cores: cores)
            do throws(LoadRunError) { try crew.awaitReadiness(isAbandoned) } catch {
                crew.abandon()
                throw error
            }
            send(.ready)
            guard let window = awaitStart(isAbandoned) else {
                crew.abandon()
                return false
            }
            do throws(HistogramError) {
                var collection = try crew.begin(window)
                _ = try collection.drainToEnd(
                    isAbandoned, { send(.interval($1)) }, feed: crew.feed
                ) { coordination.stop() }
            } catch {
                throw .recording(error)
            }
            send(.results(crew.results().compactMap { $0 }))
            awaitRelease(isAbandoned)
            return true
        } catch {
            send(.failed(error.driverError))
            return false
        }
    }

    /// Stays until it is let go: what this process has used is read until then.
    private func awaitRelease(_ isAbandoned: () -> Bool) {
        // BOUND: ends when whoever started this process closes its input, or is gone.
        while !isAbandoned() { SystemThread.sleep(nanoseconds: 1_000_000) }
    }

    private func awaitStart(_ isAbandoned: () -> Bool) -> RecordingWindow? {
        // BOUND: ends when the run begins, or when whoever would begin it is gone.
        while true {
            if let start = coordination.startNanoseconds {
                return RecordingWindow(plan.scenario, startNanoseconds: start)
            }
            if isAbandoned() { return nil }
            SystemThread.sleep(nanoseconds: 1_000_000)
        }
    }
}

extension LoadRunError {
    /// The error in the words of drivers, which travel between processes.
    var driverError: DriverError {
        switch self {
        case .driver(let error): error
        case .thread(let error): DriverError("start a load thread", "\(error)")
        case .recording(let error): DriverError("record latencies", "\(error)")
        }
    }
}
