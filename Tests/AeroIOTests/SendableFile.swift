// Files to send: one with a descriptor, and one without.

import AeroIO
import FaultSupport
import Testing

/// Where the bytes of a file that is sent come from.
enum SendableFile: CaseIterable, Sendable {
    /// The kernel, by sendfile(2).
    case system
    /// Memory: there is no descriptor.
    case simulated

    /// An open file with these bytes, which has no name any more.
    func make(_ bytes: [UInt8]) throws -> any DiskFile {
        var file: (any DiskFile)?
        try (self == .system ? TestDisk.system : .simulated).use { disk, root in
            let fresh = try disk.create("\(root)/file")
            try fresh.write(bytes, at: 0)
            file = fresh
        }
        return try #require(file)
    }
}

/// A poller and a source.
struct FileSendCase: Sendable, CustomTestStringConvertible {
    let kind: PollerUnderTest
    let source: SendableFile

    static let all = PollerUnderTest.real.flatMap { kind in
        SendableFile.allCases.map { FileSendCase(kind: kind, source: $0) }
    }

    var testDescription: String { "\(kind), \(source)" }
}

/// Sends an output queue through a poller, part by part, and follows what becomes of it.
struct QueueSender: ~Copyable {
    let token: Token
    var queue = OutputQueue()
    private(set) var sentByteCount = 0
    private var seen = 0

    init(_ token: Token) { self.token = token }

    /// Takes note of what was sent since the last call, and sends on.
    mutating func advance(_ harness: inout PollerHarness) {
        for event in harness.log.dropFirst(seen) {
            guard case .sent(token, let byteCount) = event else { continue }
            queue.consumed(byteCount)
            sentByteCount += byteCount
        }
        seen = harness.log.count
        guard !queue.isEmpty, !queue.isSending else { return }
        switch queue.beginSend() {
        case .memory(let vectors): harness.poller.send(token, Array(vectors))
        case .file(let slice): harness.poller.sendFile(token, slice)
        }
    }
}
