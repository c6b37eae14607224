// What every driver has to do, checked on a real Redis server.

#if RedisDriver
    import AeroDrivers
    import AeroIO
    import AeroLoad
    import Testing

    @Suite(.serialized, .timeLimit(.minutes(10))) struct RedisConformanceTests {
        @Test(arguments: DriverScenario.all)
        func everythingIsAcknowledgedOnceAndDeliveredOnceToEachGroup(
            _ scenario: DriverScenario
        ) throws {
            let outcome = try RedisUnderTest.withServer { server in
                try TargetTrial.run(scenario.makePlan(), RedisUnderTest.driver(server))
            }
            scenario.expectConformance(of: outcome)
            #expect(outcome.targetFailure == nil)
        }

        @Test(arguments: ["os", "interval 1s", "sync"])
        func aServerWithAFileDoesTheSame(durability: String) throws {
            let scenario = DriverScenario(
                testDescription: "",
                lines: """
                    message-size: 1KiB
                    partitions: 2
                    durability: \(durability)
                    load: { schedule: closed-loop, in-flight: 16 }
                    """)
            let plan = try scenario.makePlan()
            let wish = plan.scenario.classes[0].storage.durability
            let outcome = try RedisUnderTest.withServer(wish) { server in
                try TargetTrial.run(plan, RedisUnderTest.driver(server))
            }
            scenario.expectConformance(of: outcome)
            let written = outcome.statistics.after["aof_current_size"] ?? 0
            #expect(written > outcome.record.classes[0].counts.sent * 1_024)
        }

        @Test func anInterruptionEndsTheRunEarlyAndCleanly() throws {
            let outcome = try RedisUnderTest.withServer { server in
                var callCount = 0
                return try TargetTrial.run(
                    DriverScenario.all[1].makePlan(duration: "60s"), RedisUnderTest.driver(server)
                ) {
                    callCount += 1
                    return callCount > 10
                }
            }
            #expect(outcome.ending == .interrupted)
            #expect(outcome.unansweredCount == 0)
            for verdict in outcome.verdicts[0] { #expect(verdict.isClean, "\(verdict)") }
        }

        /// However slow the machine: never more than were handled, and a window of them, which is
        /// four, on each side of an interval's end.
        @Test func aBusyConsumerReadsNoMore() throws {
            let outcome = try RedisUnderTest.withServer { server in
                try TargetTrial.run(PacedConsumerTests.plan("pull"), RedisUnderTest.driver(server))
            }
            #expect(outcome.ending == .completed, "\(outcome.incidents.entries)")
            #expect(outcome.record.classes[0].counts.received == 100)
            for verdict in outcome.verdicts.flatMap({ $0 }) { #expect(verdict.isClean) }
            let start = outcome.window.startNanoseconds
            var received: Int64 = 0
            for interval in outcome.record.intervals.sorted(by: { $0.index < $1.index }) {
                received += interval.counts[0].received
                let handled = (interval.endNanoseconds - start) / 20_000_000
                #expect(received <= handled + 8, "interval \(interval.index)")
            }
        }

        /// Asked in the middle of the run: the stream holds what it is to hold, and a node more.
        @Test func retentionTrimsTheStream() throws {
            let plan = try RedisUnderTest.plan(
                """
                message-size: 1KiB
                groups: 0
                retention-size: 64KiB
                load: { schedule: closed-loop, in-flight: 50 }
                """, duration: "2s")
            let stream = "\(plan.topicName(classIndex: 0, topic: 0)).0"
            let (outcome, lengths) = try RedisUnderTest.withServer { server in
                let socket = try BlockingSocket(try TCPConnection.connect(to: server.address))
                var lengths: [Int] = []
                let outcome = try TargetTrial.run(plan, RedisUnderTest.driver(server)) {
                    if let length = Self.length(of: stream, socket) { lengths.append(length) }
                    return false
                }
                return (outcome, lengths)
            }
            let sent = outcome.record.classes[0].counts.sent
            #expect(outcome.ending == .completed && sent > 1_000)
            #expect((lengths.max() ?? 0) > 0)
            // A node has 4 KiB or 100 entries at most.
            #expect((lengths.max() ?? 0) <= 64 + 100, "\(lengths)")
        }

        /// Asks by an inline command; the answer is `:N`.
        private static func length(of stream: String, _ socket: BlockingSocket) -> Int? {
            do throws(Errno) {
                try socket.write(Array("XLEN \(stream)\r\n".utf8))
                var answer: [UInt8] = []
                while answer.last != UInt8(ascii: "\n") {
                    let next = try socket.read(byteCount: 1)
                    guard !next.isEmpty else { return nil }
                    answer += next
                }
                return Int(String(decoding: answer.dropFirst().dropLast(2), as: UTF8.self))
            } catch {
                return nil
            }
        }
    }
#endif
