// Reading what a child process writes.

import Glibc

/// What reading a line came to.
package enum LineReading: Equatable, Sendable {
    /// A line without its end; the last one of a stream may lack one.
    case line(String)
    /// The stream is at its end (or isn't a pipe).
    case endOfStream
    /// The deadline passed; what arrived of a line is kept.
    case timedOut
}

/// The parent's ends of a child's output pipes and what was read ahead from them.
struct ChildOutputs: ~Copyable {
    /// BOUND: of one stream no more is kept; a longer backlog stays in the pipe.
    private static let byteCountLimit = 16 << 20

    private var output: FileDescriptor?
    private var error: FileDescriptor?
    private var buffers: [[UInt8]] = [[], []]

    init(output: consuming FileDescriptor?, error: consuming FileDescriptor?) {
        self.output = output
        self.error = error
    }

    /// The next whole line of a stream that was read, or at its end the rest.
    mutating func takeLine(_ stream: ChildProcess.Output) -> LineReading? {
        let bytes = buffers[stream.rawValue]
        if let end = bytes.firstIndex(of: UInt8(ascii: "\n")) {
            buffers[stream.rawValue].removeSubrange(...end)
            return .line(String(decoding: bytes[..<end], as: UTF8.self))
        }
        let isAtEnd = descriptor(stream) < 0
        let isFull = bytes.count >= Self.byteCountLimit
        guard isAtEnd || isFull else { return nil }
        if bytes.isEmpty { return .endOfStream }
        buffers[stream.rawValue] = []
        return .line(String(decoding: bytes, as: UTF8.self))
    }

    /// Waits for output on either pipe and reads it; false at the deadline.
    mutating func fill(deadlineNanoseconds: Int64?) throws(Errno) -> Bool {
        let streams: [ChildProcess.Output] = [.standardOutput, .standardError].filter {
            descriptor($0) >= 0 && buffers[$0.rawValue].count < Self.byteCountLimit
        }
        var watched = streams.map {
            pollfd(fd: descriptor($0), events: Int16(POLLIN), revents: 0)
        }
        let timeout = Deadline.milliseconds(until: deadlineNanoseconds)
        let count = try Syscall.poll(&watched, timeoutMilliseconds: timeout)
        for (stream, entry) in zip(streams, watched) where entry.revents != 0 {
            try read(stream)
        }
        return count > 0 || timeout != 0
    }

    private mutating func read(_ stream: ChildProcess.Output) throws(Errno) {
        var chunk = [UInt8](repeating: 0, count: 64 * 1024)
        let descriptor = descriptor(stream)
        // SAFETY: lent for the call only.
        switch chunk.withUnsafeMutableBytes({ Syscall.read(descriptor, into: $0) }) {
        case .moved(0):
            if stream == .standardOutput { output = nil } else { error = nil }
        case .moved(let count): buffers[stream.rawValue] += chunk[..<count]
        case .wouldBlock: return
        case .failed(let error): throw error
        }
    }

    private func descriptor(_ stream: ChildProcess.Output) -> Int32 {
        switch stream {
        case .standardOutput: Self.number(output)
        case .standardError: Self.number(error)
        }
    }

    private static func number(_ descriptor: borrowing FileDescriptor?) -> Int32 {
        switch descriptor {
        case .some(let open): open.rawValue
        case .none: -1
        }
    }
}

extension ChildProcess {
    /// The next line of a stream. Both pipes are drained meanwhile, so that the child isn't
    /// stopped by the one that isn't asked for.
    /// - Parameters:
    ///   - stream: Which; its option must be `.pipe` for there to be lines.
    ///   - deadlineNanoseconds: On the monotonic clock; nil waits for ever.
    /// - Throws: `Errno` of poll(2) or read(2).
    package mutating func readLine(
        from stream: Output = .standardOutput, deadlineNanoseconds: Int64? = nil
    ) throws(Errno) -> LineReading {
        // BOUND: ends with a line, the end of the stream or at the deadline.
        while true {
            if let reading = outputs.takeLine(stream) { return reading }
            guard try outputs.fill(deadlineNanoseconds: deadlineNanoseconds) else {
                return .timedOut
            }
        }
    }

    /// All lines of a stream up to its end, or to the deadline.
    /// - Throws: As `readLine(from:deadlineNanoseconds:)`.
    package mutating func readLines(
        from stream: Output = .standardOutput, deadlineNanoseconds: Int64? = nil
    ) throws(Errno) -> [String] {
        var lines: [String] = []
        // BOUND: the child's output, or the deadline.
        while case .line(let line) = try readLine(
            from: stream, deadlineNanoseconds: deadlineNanoseconds)
        {
            lines.append(line)
        }
        return lines
    }
}
