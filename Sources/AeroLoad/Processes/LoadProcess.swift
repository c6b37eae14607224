// One process of a run, as the process that started it sees it.

import AeroIO

/// A child process with a share of a run's workers. It ends when its input does; killed when this
/// goes away.
final class LoadProcess {
    /// Its workers.
    let share: Range<Int>
    /// Its process.
    let processIdentifier: Int32
    /// What its workers have left behind; nil until it has said so.
    private(set) var results: [WorkerResult]?
    /// How it ended without results; nil as long as it has not.
    private(set) var death: String?
    private var child: ChildProcess
    private var reader = ShareLines.Reader()

    // BOUND: a process that has sent its results has nothing more to do.
    static let exitNanoseconds: Int64 = 10_000_000_000

    init(_ options: ChildProcessOptions, share: Range<Int>) throws(Errno) {
        let child = try ChildProcess(options)
        self.share = share
        processIdentifier = child.processIdentifier
        self.child = child
    }

    /// Whether nothing is to be expected of it any more.
    var isDone: Bool { results != nil || death != nil }

    /// The next message but its results, which are kept.
    ///
    /// - Parameter deadlineNanoseconds: How long to wait for one.
    /// - Returns: Nil when there was none by then, or when it is done.
    func next(deadlineNanoseconds: Int64) -> ShareMessage? {
        // BOUND: ends with a message, with the process, or at the deadline.
        while !isDone {
            do throws(Errno) {
                switch try child.readLine(deadlineNanoseconds: deadlineNanoseconds) {
                case .timedOut: return nil
                case .endOfStream: die(nil)
                case .line(let line):
                    guard let message = message(line) else { continue }
                    guard case .results(let results) = message else { return message }
                    take(results)
                }
            } catch {
                die("it cannot be read from: \(error)")
            }
        }
        return nil
    }

    private func message(_ line: String) -> ShareMessage? {
        do throws(ByteCodingError) { return try reader.take(line) } catch {
            // Its output was cut off in the middle of a line, or it is something else.
            die("what it said is no message")
            return nil
        }
    }

    private func take(_ results: [WorkerResult]) {
        guard results.count == share.count else {
            return die("its results are not those of its workers")
        }
        self.results = results
    }

    /// Gives it up, with a reason; without one it is how the process has ended.
    func die(_ reason: String?) {
        guard !isDone else { return }
        if reason != nil { child.end() }
        let status = exitStatus(MonotonicClock.nowNanoseconds() + Self.exitNanoseconds)
        death = reason ?? status?.text ?? "it closed its output and went on"
    }

    /// Lets it go: it then ends by itself.
    func release() { child.closeInput() }

    /// Waits for its end, and ends it when that does not come by a time.
    func end(deadlineNanoseconds: Int64) {
        if exitStatus(deadlineNanoseconds) == nil { child.end() }
    }

    private func exitStatus(_ deadlineNanoseconds: Int64) -> ExitStatus? {
        do throws(Errno) {
            return try child.wait(deadlineNanoseconds: deadlineNanoseconds)
        } catch {
            preconditionFailure("waiting for an own child process failed: \(error)")
        }
    }
}
