// The Kafka driver does what every driver has to, on librdkafka's cluster for tests.

#if KafkaDriver
    import AeroDrivers
    import AeroIO
    import AeroLoad
    import Testing

    @Suite(.serialized, .timeLimit(.minutes(10)))
    struct KafkaDriverTests {
        /// What the cluster for tests cannot carry, as it keeps 5 MiB of a partition. The same is
        /// tested on it in a form that it can carry.
        static let outOfReach = [
            "maximum, small batches":
                "a fetch brings one batch, so that readers of small ones fall behind by more",
            "large messages":
                "it keeps 26 of them in a partition, and they come without a pause",
        ]

        @Test func onlyKnownShapesAreOutOfReach() {
            let names = Set(DriverScenario.all.map(\.testDescription))
            #expect(names.isSuperset(of: Self.outOfReach.keys))
        }

        @Test(arguments: DriverScenario.all.filter { outOfReach[$0.testDescription] == nil })
        func everythingIsAcknowledgedOnceAndDeliveredOnceToEachGroup(
            _ scenario: DriverScenario
        ) throws {
            scenario.expectConformance(of: try KafkaRun.run(try scenario.makePlan()))
        }

        @Test func smallBatchesAtARateThatTheirReadersKeep() throws {
            let scenario = DriverScenario(
                testDescription: "",
                lines: """
                    message-size: 100B
                    load: { schedule: burst, base: 1k/s, messages: 500, every: 50ms }
                    batch: { messages: 16 }
                    """)
            scenario.expectConformance(of: try KafkaRun.run(try scenario.makePlan()))
        }

        @Test func largeMessagesAtARateThatTheirReadersKeep() throws {
            let scenario = DriverScenario(
                testDescription: "",
                lines: """
                    message-size: 200KiB
                    load: { schedule: constant, rate: 20/s }
                    batch: { messages: 4, bytes: 1MiB }
                    """)
            scenario.expectConformance(of: try KafkaRun.run(try scenario.makePlan()))
        }

        /// A message beyond librdkafka's own limit on messages, and Kafka's on requests.
        @Test func messagesBeyondTheUsualLimit() throws {
            let scenario = DriverScenario(
                testDescription: "",
                lines: """
                    message-size: 2MiB
                    load: { schedule: closed-loop, in-flight: 1 }
                    batch: { messages: 1, bytes: 2MiB }
                    groups: 0
                    """, groups: 0)
            scenario.expectConformance(of: try KafkaRun.run(try scenario.makePlan()))
        }

        /// One replica is waited for where nothing else is asked for, without numbered batches.
        @Test func theLeaderAloneAnswers() throws {
            let scenario = DriverScenario(
                testDescription: "",
                lines: """
                    message-size: 100B
                    acks: 1
                    load: { schedule: constant, rate: 5k/s }
                    """)
            scenario.expectConformance(of: try KafkaRun.run(try scenario.makePlan()))
        }

        /// What a run starts for itself is reached by way of another address.
        @Test func aDoorInFrontOfTheCluster() throws {
            let cluster = try KafkaTestCluster()
            let (door, acceptor) = try SlowProxy.start(
                .loopback(port: 0), to: cluster.address, ProxySettings())
            defer {
                door.stop()
                acceptor.join()
            }
            let scenario = DriverScenario.all[2]
            scenario.expectConformance(
                of: try KafkaRun.run(try scenario.makePlan(), at: door.address))
        }

        /// A slow handler gets no more than it has time for, and a quick one beside it is not held
        /// up.
        @Test func aBusyConsumerTakesNoMore() throws {
            let outcome = try KafkaRun.run(try PacedConsumerTests.plan("pull"))
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
                #expect(received <= handled + 12, "interval \(interval.index)")
            }
        }

        @Test func anInterruptionEndsTheRunEarlyAndCleanly() throws {
            var callCount = 0
            let outcome = try KafkaRun.run(
                try DriverScenario.all[2].makePlan(duration: "60s")
            ) { _ in
                callCount += 1
                return callCount > 10
            }
            #expect(outcome.ending == .interrupted)
            for verdict in outcome.verdicts[0] { #expect(verdict.isClean, "\(verdict)") }
            #expect(outcome.unansweredCount == 0)
        }

        /// A cluster that goes away is mentioned; what was sent stays in the account.
        @Test(arguments: ["0", "1", "all"]) func aClusterThatStopsLeavesACompleteAccount(
            acks: String
        ) throws {
            let scenario = DriverScenario(
                testDescription: "",
                lines: """
                    message-size: 100B
                    acks: \(acks)
                    load: { schedule: constant, rate: 5k/s }
                    """)
            var callCount = 0
            let outcome = try KafkaRun.run(try scenario.makePlan(duration: "1500ms")) { cluster in
                callCount += 1
                if callCount == 20 { cluster.stop() }
                return callCount > 60
            }
            let counts = outcome.record.classes[0].counts
            #expect(counts.sent > 0)
            #expect(
                outcome.incidents.entries.contains { $0.text.contains("brokers are down") },
                "\(outcome.incidents.entries)")
            let answered = counts.acknowledged + outcome.failedCount + outcome.unansweredCount
            #expect(answered == (acks == "0" ? 0 : counts.sent))
            #expect(outcome.strayTokenCount == 0)
            let verdict = outcome.verdicts[0][0]
            #expect(verdict.sent == counts.sent)
            #expect(verdict.counts.duplicates == 0 && verdict.counts.corrupt == 0)
            #expect(verdict.counts.misrouted == 0)
        }
    }
#endif
