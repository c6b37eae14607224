// Somebody wants the process to stop: a signal, or the end of standard input.

import AeroIO
import Glibc
import Synchronization

/// A request to stop, made once or more from any thread, waited for or looked at by another.
final class StopRequest: Sendable {
    private let requestCount = Atomic<Int>(0)
    private let readEnd: Int32
    private let writeEnd: Int32

    /// - Throws: `.failed` when the process has no descriptors left.
    init() throws(CommandError) {
        var ends: (Int32, Int32) = (-1, -1)
        let status = withUnsafeMutableBytes(of: &ends) { raw in
            pipe(raw.assumingMemoryBound(to: Int32.self).baseAddress)
        }
        guard status == 0 else {
            throw .failed("cannot make a pipe: \(Errno(rawValue: errno))")
        }
        (readEnd, writeEnd) = ends
        for end in [readEnd, writeEnd] { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    }

    deinit {
        close(readEnd)
        close(writeEnd)
    }

    /// Becomes readable when somebody has asked; stays this object's.
    var descriptor: Int32 { readEnd }

    /// Whether anybody has asked.
    var isRequested: Bool { requestCount.load(ordering: .relaxed) > 0 }

    /// Asks. Relaxed: the count carries no data.
    func request() {
        requestCount.wrappingAdd(1, ordering: .relaxed)
        var byte: UInt8 = 1
        // BOUND: the pipe holds 64 KiB; a full one holds enough bytes to wake whoever waits.
        _ = write(writeEnd, &byte, 1)
    }

    /// Waits until somebody has asked.
    func wait() {
        var byte: UInt8 = 0
        while read(readEnd, &byte, 1) < 0, errno == EINTR {}
    }

    /// Waits until somebody has asked, or until the time is over.
    func wait(atMostNanoseconds limit: Int64) {
        let deadline = MonotonicClock.nowNanoseconds() + limit
        // BOUND: ends at the deadline; an earlier round was a signal's or a rounding's.
        while !isRequested {
            let rest = deadline - MonotonicClock.nowNanoseconds()
            guard rest > 0 else { return }
            var watched = pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0)
            _ = poll(&watched, 1, Int32(clamping: (rest + 999_999) / 1_000_000))
        }
    }

    /// Lets SIGTERM and SIGINT ask, for as long as the source lives.
    func onSignals() throws(CommandError) -> SignalSource {
        do throws(Errno) {
            return try SignalSource([SIGTERM, SIGINT]) { [self] _ in request() }
        } catch {
            throw .failed("cannot watch for signals: \(error)")
        }
    }

    /// Lets the end of standard input ask: whoever started this process has gone or let go.
    ///
    /// - Parameter onLine: Called on a thread of its own with each line that comes before.
    ///
    /// The process leaves the terminal's foreground group, so that Control-C reaches only the one
    /// that started it, which then decides.
    func onEndOfInput(
        _ onLine: @escaping @Sendable (String) -> Void = { _ in }
    ) throws(CommandError) {
        // Refused only for the leader of a session, which has no one to take signals from.
        _ = setpgid(0, 0)
        do throws(Errno) {
            _ = try SystemThread.start(name: "aero-attached") { [self] in
                var lines = InputLines()
                var bytes = [UInt8](repeating: 0, count: 256)
                // BOUND: ends with the input.
                while true {
                    let count = read(STDIN_FILENO, &bytes, bytes.count)
                    if count == 0 || (count < 0 && errno != EINTR) { break }
                    if count > 0 { lines.take(bytes[..<count], onLine) }
                }
                request()
            }
        } catch {
            throw .failed("cannot watch standard input: \(error)")
        }
    }
}

/// Cuts input into lines; what is too long for one is none.
private struct InputLines {
    private var line: [UInt8] = []

    // BOUND: whoever starts this process writes a few words at a time.
    private static let byteCountMax = 256

    mutating func take(_ bytes: ArraySlice<UInt8>, _ onLine: (String) -> Void) {
        for byte in bytes {
            guard byte == UInt8(ascii: "\n") else {
                if line.count < Self.byteCountMax { line.append(byte) }
                continue
            }
            onLine(String(decoding: line, as: UTF8.self))
            line.removeAll(keepingCapacity: true)
        }
    }
}
