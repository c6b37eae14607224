// Signals as ordinary calls on a thread of their own.

import CLinux
import Glibc
import Synchronization

/// Routes signals of this process to a closure on a thread, where anything may be done.
///
/// The signal handler only writes a byte to a pipe; no thread has to block signals. One source per
/// signal at a time. Restores the default actions when it goes away.
package final class SignalSource: Sendable {
    private let signals: [Int32]
    private let readEnd: Int32
    private let writeEnd: Int32
    private let thread: JoinHandle
    private let latest: LatestSignal

    private final class LatestSignal: Sendable {
        let number = Atomic<Int32>(0)
    }

    /// Written to the pipe to end the thread: no signal has this number.
    private static let stopByte: UInt8 = 0

    /// Begins to route.
    /// - Parameters:
    ///   - signals: Such as `SIGTERM` and `SIGINT`.
    ///   - onSignal: Called for each delivery with the signal's number, one at a time.
    /// - Throws: `Errno` of pipe2(2), pthread_create(3) or sigaction(2).
    package init(
        _ signals: [Int32], onSignal: @escaping @Sendable (Int32) -> Void
    ) throws(Errno) {
        let pipe = try Syscall.pipe()
        let latest = LatestSignal()
        let reading = pipe.read
        do {
            thread = try SystemThread.start(name: "aero-signals") {
                Self.route(from: reading, latest, onSignal)
            }
        } catch {
            Syscall.close(pipe.read)
            Syscall.close(pipe.write)
            throw error
        }
        self.signals = signals
        self.latest = latest
        readEnd = pipe.read
        writeEnd = pipe.write
        for signal in signals { try Syscall.check(aero_signal_route(signal, pipe.write)) }
    }

    /// Routes to a waker: after a signal the poller reports `.woken`, and `received` tells which.
    /// - Throws: As the other initialiser.
    package convenience init(_ signals: [Int32], waking waker: Waker) throws(Errno) {
        try self.init(signals) { _ in waker.wake() }
    }

    deinit {
        for signal in signals {
            // Refused only for a signal that could not be routed either.
            _ = aero_signal_restore(signal)
        }
        // SAFETY: lent for the call only.
        withUnsafeBytes(of: Self.stopByte) { byte in
            guard case .moved = Syscall.write(writeEnd, byte) else {
                preconditionFailure("the thread reads the pipe until it is told to stop")
            }
        }
        thread.join()
        Syscall.close(readEnd)
        Syscall.close(writeEnd)
    }

    /// The latest signal that came, or nil.
    package var received: Int32? {
        // Pairs with the releasing store in `route`, made before the closure is called.
        let number = latest.number.load(ordering: .acquiring)
        return number == 0 ? nil : number
    }

    /// From now on writes to a closed pipe or socket fail with `EPIPE` instead of ending the
    /// process. Call once, early.
    package static func ignoreBrokenPipe() {
        let status = aero_signal_ignore(SIGPIPE)
        precondition(status == 0, "SIGPIPE can be ignored")
    }

    private static func route(
        from descriptor: Int32, _ latest: LatestSignal, _ onSignal: @Sendable (Int32) -> Void
    ) {
        var byte: UInt8 = 0
        // BOUND: ends with the stop byte.
        while true {
            // SAFETY: lent for the call only.
            let outcome = withUnsafeMutableBytes(of: &byte) { Syscall.read(descriptor, into: $0) }
            guard case .moved(1) = outcome else {
                preconditionFailure("the pipe outlives the thread that reads it")
            }
            if byte == stopByte { return }
            latest.number.store(Int32(byte), ordering: .releasing)
            onSignal(Int32(byte))
        }
    }
}
