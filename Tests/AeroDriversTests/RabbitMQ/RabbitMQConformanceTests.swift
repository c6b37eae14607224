// What every driver has to do, checked on a real RabbitMQ server.

#if RabbitMQDriver
    import AeroDrivers
    import AeroIO
    import AeroLoad
    import HDRHistogram
    import Testing

    @Suite(.serialized, .timeLimit(.minutes(15)), .oneRabbitMQServer)
    struct RabbitMQConformanceTests {
        @Test(arguments: DriverScenario.all)
        func everythingIsAcknowledgedOnceAndDeliveredOnceToEachGroup(
            _ scenario: DriverScenario
        ) throws {
            let outcome = try TargetTrial.run(
                scenario.makePlan(), RabbitMQUnderTest.driver())
            scenario.expectConformance(of: outcome)
        }

        @Test(arguments: ["os", "interval 1s", "sync"])
        func durableQueuesDoTheSame(durability: String) throws {
            let scenario = DriverScenario(
                testDescription: "",
                lines: """
                    message-size: 1KiB
                    partitions: 2
                    groups: 2
                    durability: \(durability)
                    load: { schedule: closed-loop, in-flight: 16 }
                    """, groups: 2)
            let outcome = try TargetTrial.run(
                scenario.makePlan(), RabbitMQUnderTest.driver())
            scenario.expectConformance(of: outcome)
        }

        /// Messages that nobody reads are kept, up to a limit, and acknowledged all the same.
        @Test(arguments: ["volatile", "sync"]) func nobodyReads(durability: String) throws {
            let plan = try RabbitMQUnderTest.plan(
                """
                message-size: 100B
                groups: 0
                durability: \(durability)
                retention-size: 64KiB
                load: { schedule: constant, rate: 2k/s }
                """)
            let outcome = try TargetTrial.run(plan, RabbitMQUnderTest.driver())
            let counts = outcome.record.classes[0].counts
            #expect(outcome.ending == .completed, "\(outcome.incidents.entries)")
            #expect(counts.sent > 0 && counts.acknowledged == counts.sent)
        }

        /// Never more than were handled, and the four that the window has room for, on each side
        /// of an interval's end.
        @Test(arguments: ["push", "pull"]) func aBusyConsumerGetsNoMore(consume: String) throws {
            let outcome = try TargetTrial.run(
                PacedConsumerTests.plan(consume), RabbitMQUnderTest.driver())
            #expect(outcome.ending == .completed, "\(outcome.incidents.entries)")
            #expect(outcome.record.classes[0].counts.received == 100)
            for verdict in outcome.verdicts.flatMap({ $0 }) {
                #expect(verdict.isClean, "\(verdict)")
            }
            let start = outcome.window.startNanoseconds
            var received: Int64 = 0
            for interval in outcome.record.intervals.sorted(by: { $0.index < $1.index }) {
                received += interval.counts[0].received
                let handled = (interval.endNanoseconds - start) / 20_000_000
                #expect(received <= handled + 8, "interval \(interval.index)")
            }
            let slow = outcome.record.classes[0].histogram(.endToEndIntended)
            #expect(slow.maximum >= 99 * 20_000_000)
        }

        @Test func anInterruptionEndsTheRunEarlyAndCleanly() throws {
            var callCount = 0
            let outcome = try TargetTrial.run(
                DriverScenario.all[1].makePlan(duration: "60s"), RabbitMQUnderTest.driver()
            ) {
                callCount += 1
                return callCount > 10
            }
            #expect(outcome.ending == .interrupted)
            #expect(outcome.unansweredCount == 0)
            for verdict in outcome.verdicts[0] { #expect(verdict.isClean, "\(verdict)") }
        }

        /// Exchanges and queues are gone: the same run can be made again.
        @Test func nothingIsLeftOfARun() throws {
            let scenario = DriverScenario.all[0]
            for _ in 0..<2 {
                let outcome = try TargetTrial.run(
                    scenario.makePlan(), RabbitMQUnderTest.driver())
                scenario.expectConformance(of: outcome)
            }
            // What was left would be of another kind than what is declared now.
            let plan = try RabbitMQUnderTest.plan(scenario.lines + "\ndurability: sync")
            scenario.expectConformance(
                of: try TargetTrial.run(plan, RabbitMQUnderTest.driver()))
        }

        // MARK: - What is promised

        @Test func promisesSayWhatIsMetAndWhatIsNot() throws {
            func promise(_ lines: String) throws -> TargetPromise {
                let plan = try RabbitMQUnderTest.plan(
                    "load: { schedule: constant, rate: 1k/s }\nmessage-size: 100B\n" + lines)
                return try #require(try RabbitMQUnderTest.driver().promises(plan).first)
            }
            let plain = try promise("")
            #expect(plain.durability == .volatile)
            #expect(plain.differences.isEmpty)
            let os = try promise("durability: os")
            #expect(os.acknowledgement.contains("durable classic queue"))
            // Debian 12 has version 3, whose classic queues sync.
            #expect(os.durability == .sync && os.differences.count == 1)
            let interval = try promise("durability: interval 100ms")
            #expect(interval.durability == .sync && interval.differences.count == 1)
            let sync = try promise("durability: sync")
            #expect(sync.durability == .sync && sync.differences.isEmpty)
            #expect(sync.acknowledgement.contains("quorum queue"))
            let unanswered = try promise("durability: sync\nacks: 0")
            #expect(unanswered.durability == nil)
            let all = try promise(
                """
                consume: pull
                keys: round-robin
                retention-size: 1MiB
                batch: { linger: 1ms, compression: zstd }
                """)
            let wishes = ["consume", "batch.linger", "batch.compression", "keys", "retention-size"]
            #expect(all.differences.map { String($0.prefix { $0 != ":" }) } == wishes)
        }

        @Test func aWrongPasswordIsToldAndNotShown() throws {
            var endpoint = try #require(RabbitMQUnderTest.suiteEndpoint)
            endpoint.user = "guest"
            endpoint.password = "wrong-one"
            let error = try TargetTrial.refusal(
                DriverScenario.all[0].makePlan(), RabbitMQDriver(endpoint))
            #expect(error.action == "connect to \(endpoint.address)")
            #expect(error.cause.contains("ACCESS_REFUSED"), "\(error)")
            #expect(!"\(error)".contains("wrong-one"))
            endpoint.password = "guest"
            let scenario = DriverScenario.all[0]
            scenario.expectConformance(
                of: try TargetTrial.run(scenario.makePlan(), RabbitMQDriver(endpoint)))
        }
    }
#endif
