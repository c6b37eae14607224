// Standard input, line by line, until it ends or somebody wants to stop.

import AeroIO
import Glibc

/// Reads lines in the chunks in which they come, so that a person's line is sent at once and a
/// file's lines are sent together.
struct LineInput {
    private let stop: StopRequest
    private var partial: [UInt8] = []
    private var hasEnded = false

    // BOUND: one line; the broker's frames are smaller.
    private static let lineByteCountMax = 4 << 20
    private static let chunkByteCount = 256 * 1024

    init(stop: StopRequest) { self.stop = stop }

    /// The lines of the next chunk, without their ends; empty for a chunk without one.
    ///
    /// - Returns: nil at the end of the input or after a request to stop.
    /// - Throws: `.failed` when the input cannot be read or a line is too long.
    mutating func next() throws(CommandError) -> [[UInt8]]? {
        guard !hasEnded, try awaitInput() else { return nil }
        var chunk = [UInt8](repeating: 0, count: Self.chunkByteCount)
        let count = read(STDIN_FILENO, &chunk, chunk.count)
        if count < 0 {
            if errno == EINTR || errno == EAGAIN { return [] }
            throw .failed("cannot read standard input: \(Errno(rawValue: errno))")
        }
        var lines: [[UInt8]] = []
        var rest = chunk[..<count]
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            lines.append(partial + rest[..<end])
            partial = []
            rest = rest[(end + 1)...]
        }
        partial += rest
        guard partial.count <= Self.lineByteCountMax else {
            throw .failed("a line of standard input is longer than 4 MiB")
        }
        if count == 0 {
            hasEnded = true
            if !partial.isEmpty { lines.append(partial) }
        }
        return lines
    }

    /// False when a stop was asked for first.
    private func awaitInput() throws(CommandError) -> Bool {
        var watched = [
            pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0),
            pollfd(fd: stop.descriptor, events: Int16(POLLIN), revents: 0),
        ]
        while poll(&watched, nfds_t(watched.count), -1) < 0 {
            guard errno == EINTR else {
                throw .failed("cannot wait for standard input: \(Errno(rawValue: errno))")
            }
        }
        return watched[1].revents == 0
    }
}
