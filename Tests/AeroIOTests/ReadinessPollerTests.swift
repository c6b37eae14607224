// What a poller of other people's descriptors reports, and when.

import AeroIO
import Glibc
import Testing

@Suite(.timeLimit(.minutes(1))) struct ReadinessPollerTests {
    /// Two ends of one stream, which close with the call.
    private static func withPair(_ body: (Int32, Int32) throws -> Void) throws {
        var ends: [Int32] = [-1, -1]
        let status = socketpair(
            AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0, &ends)
        try #require(status == 0)
        defer { for end in ends where end >= 0 { close(end) } }
        try body(ends[0], ends[1])
    }

    @Test func whatIsNotReadIsReportedAgain() throws {
        try Self.withPair { near, far in
            var poller = try ReadinessPoller()
            try poller.watch(near, index: 7, output: false)
            #expect(try poller.wait(timeoutNanoseconds: 0) == 0)
            #expect(write(far, "x", 1) == 1)
            for _ in 0..<2 {
                try #require(try poller.wait(timeoutNanoseconds: -1) == 1)
                #expect(poller[0].index == 7)
                #expect(poller[0].isReadable && !poller[0].isWritable)
            }
            var byte: UInt8 = 0
            #expect(read(near, &byte, 1) == 1)
            #expect(try poller.wait(timeoutNanoseconds: 0) == 0)
        }
    }

    @Test func outputIsReportedOnlyWhereItIsAskedFor() throws {
        try Self.withPair { near, _ in
            var poller = try ReadinessPoller()
            try poller.watch(near, index: 0, output: true)
            try #require(try poller.wait(timeoutNanoseconds: -1) == 1)
            #expect(poller[0].isWritable && !poller[0].isReadable)
            try poller.change(near, index: 0, output: false)
            #expect(try poller.wait(timeoutNanoseconds: 0) == 0)
        }
    }

    @Test func theEndOfAStreamCanBeRead() throws {
        try Self.withPair { near, far in
            var poller = try ReadinessPoller()
            try poller.watch(near, index: 3, output: false)
            #expect(shutdown(far, Int32(SHUT_WR)) == 0)
            try #require(try poller.wait(timeoutNanoseconds: -1) == 1)
            #expect(poller[0].isReadable)
        }
    }

    @Test func aDescriptorIsClosedOnExecFromThenOn() throws {
        try Self.withPair { near, _ in
            #expect(fcntl(near, F_GETFD) & FD_CLOEXEC == 0)
            let poller = try ReadinessPoller()
            try poller.watch(near, index: 0, output: false)
            #expect(fcntl(near, F_GETFD) & FD_CLOEXEC != 0)
        }
    }

    @Test func aDescriptorThatIsNotOpenIsRefused() throws {
        let poller = try ReadinessPoller()
        #expect(throws: Errno(rawValue: EBADF)) {
            try poller.watch(-1, index: 0, output: false)
        }
    }
}
