// RabbitMQ servers as processes: side by side, and gone when they are ended.

#if RabbitMQDriver
    import AeroDrivers
    import AeroIO
    import AeroLoad
    import Glibc
    import TestSupport
    import Testing

    @Suite(.serialized, .timeLimit(.minutes(10))) struct RabbitMQServerTests {
        /// Whether a process is there and is more than an entry that nobody has read yet.
        private static func isAlive(_ identifier: Int32) -> Bool {
            do throws(Errno) {
                let stat = try WholeFile.read("/proc/\(identifier)/stat", byteCountMax: 4_096)
                return !String(decoding: stat, as: UTF8.self).contains(") Z ")
            } catch {
                return false
            }
        }

        /// Erlang's port mapper is a daemon by nature: it must not be left behind.
        @Test func nothingOfAServerOutlivesIt() throws {
            let folders = (try TemporaryFolder(), try TemporaryFolder())
            var asked = try RabbitMQUnderTest.start(folders.0)
            let killed = try RabbitMQUnderTest.start(folders.1)
            let first = try ProcessTree.members(of: asked.processIdentifier)
            let second = try ProcessTree.members(of: killed.processIdentifier)
            // The launcher, the mapper, the server's own shell and its machine at least.
            #expect(first.count >= 4 && second.count >= 4)
            #expect(first.allSatisfy(Self.isAlive) && second.allSatisfy(Self.isAlive))

            try asked.stop()
            killed.signal(SIGKILL)
            // Helpers of the machine notice its end by a pipe, in a moment: the suite's limit ends
            // the wait for one that does not.
            for identifier in first + second {
                while Self.isAlive(identifier) { sched_yield() }
            }
            #expect(second.allSatisfy { !Self.isAlive($0) })
        }
    }
#endif
