// Standard output and standard error.

package import AeroReport
import Glibc

/// Where a command writes; unbuffered, so that whoever reads a pipe sees each line at once.
package struct Console: Sendable {
    private let outputDescriptor: Int32
    private let errorDescriptor: Int32
    /// Whether standard output is a terminal.
    package let isOutputTerminal: Bool
    /// Whether standard error is a terminal.
    package let isErrorTerminal: Bool
    /// Whether standard error is a terminal on which lines can be drawn over.
    package let isErrorDrawable: Bool
    /// Colour for standard error, by the same rule as for standard output.
    package let errorStyle: TerminalStyle
    /// Colour for standard output: only on a terminal, and never with NO_COLOR set.
    package let style: TerminalStyle

    /// The process's own streams.
    package static var standard: Console {
        Console(outputDescriptor: STDOUT_FILENO, errorDescriptor: STDERR_FILENO)
    }

    /// - Parameters:
    ///   - outputDescriptor: Stays the caller's.
    ///   - errorDescriptor: Stays the caller's.
    package init(outputDescriptor: Int32, errorDescriptor: Int32) {
        self.outputDescriptor = outputDescriptor
        self.errorDescriptor = errorDescriptor
        isOutputTerminal = isatty(outputDescriptor) == 1
        isErrorTerminal = isatty(errorDescriptor) == 1
        // Source: no-color.org; the variable counts when it is not empty.
        let isColorRefused = getenv("NO_COLOR").map { $0.pointee != 0 } ?? false
        style = isOutputTerminal && !isColorRefused ? .colored : .plain
        errorStyle = isErrorTerminal && !isColorRefused ? .colored : .plain
        let isDumb = getenv("TERM").map { strcmp($0, "dumb") == 0 } ?? false
        isErrorDrawable = isErrorTerminal && !isDumb
    }

    /// How many columns the terminal at standard error has now; 80 when it does not say.
    package var errorColumnCount: Int {
        var size = winsize()
        let answer = ioctl(errorDescriptor, UInt(TIOCGWINSZ), &size)
        return answer == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
    }

    /// Writes text to standard output.
    package func write(_ text: String) { write(Array(text.utf8)) }

    /// Writes bytes to standard output.
    package func write(_ bytes: [UInt8]) {
        guard Self.write(bytes, to: outputDescriptor) else { Self.endAfterFailedWrite() }
    }

    /// Writes a line to standard error.
    package func error(_ line: String) {
        // Nothing is left to tell it to when standard error itself is gone.
        _ = Self.write(Array((line.hasSuffix("\n") ? line : line + "\n").utf8), to: errorDescriptor)
    }

    /// Writes to standard error as it is, for lines that are drawn over.
    package func errorText(_ text: String) { _ = Self.write(Array(text.utf8), to: errorDescriptor) }

    /// The reader of our output has gone: that is its right, and no error of ours. A full disk is.
    private static func endAfterFailedWrite() -> Never {
        exit(errno == EPIPE ? ExitCode.pass.rawValue : ExitCode.failure.rawValue)
    }

    /// False when the descriptor takes no more; `errno` then says why.
    private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        bytes.withUnsafeBytes { raw in
            var written = 0
            // BOUND: each round writes at least a byte, waits for room, or ends.
            while written < raw.count {
                let rest = UnsafeRawBufferPointer(rebasing: raw[written...])
                let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
                if count > 0 {
                    written += count
                } else if count < 0, errno == EAGAIN {
                    var watched = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    _ = poll(&watched, 1, -1)
                } else if count < 0, errno != EINTR {
                    return false
                }
            }
            return true
        }
    }
}

/// What standard input is.
enum InputKind {
    /// Whether a person types it.
    static var isTerminal: Bool { isatty(STDIN_FILENO) == 1 }
}
