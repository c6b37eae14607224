// What every driver has to do, checked on a real MQTT server, and what such a server promises.

#if MQTTDriver
    import AeroDrivers
    import AeroLoad
    import HDRHistogram
    import Testing

    @Suite(.serialized, .timeLimit(.minutes(10))) struct MQTTConformanceTests {
        @Test(arguments: DriverScenario.all)
        func everythingIsAcknowledgedOnceAndDeliveredOnceToEachGroup(
            _ scenario: DriverScenario
        ) throws {
            let outcome = try MQTTUnderTest.withServer { server in
                try TargetTrial.run(scenario.makePlan(), MQTTUnderTest.driver(server))
            }
            scenario.expectConformance(of: outcome)
        }

        @Test func anInterruptionEndsTheRunEarlyAndCleanly() throws {
            let outcome = try MQTTUnderTest.withServer { server in
                var callCount = 0
                return try TargetTrial.run(
                    DriverScenario.all[1].makePlan(duration: "60s"), MQTTUnderTest.driver(server)
                ) {
                    callCount += 1
                    return callCount > 10
                }
            }
            #expect(outcome.ending == .interrupted)
            #expect(outcome.unansweredCount == 0)
            for verdict in outcome.verdicts[0] { #expect(verdict.isClean, "\(verdict)") }
        }

        /// It cannot hold the server back, but it counts as late what it handles late.
        @Test func aBusyConsumerIsPlayed() throws {
            let outcome = try MQTTUnderTest.withServer { server in
                try TargetTrial.run(PacedConsumerTests.plan("push"), MQTTUnderTest.driver(server))
            }
            #expect(outcome.ending == .completed, "\(outcome.incidents.entries)")
            #expect(outcome.record.classes[0].counts.received == 100)
            let slow = outcome.record.classes[0].histogram(.endToEndIntended)
            #expect(slow.maximum >= 99 * 20_000_000)
        }

        @Test(arguments: ["os", "interval 1s", "sync"])
        func whatItCannotKeepIsRefused(durability: String) throws {
            let plan = try MQTTUnderTest.plan(
                """
                message-size: 100B
                durability: \(durability)
                load: { schedule: closed-loop, in-flight: 1 }
                """)
            let error = try MQTTUnderTest.withServer { server in
                try TargetTrial.refusal(plan, MQTTUnderTest.driver(server))
            }
            #expect(error.action == "keep class main as durability \(durability)")
            #expect(error.cause.contains("set durability to volatile"), "\(error)")
        }

        @Test func whatIsNotThereIsSaid() throws {
            let plan = try MQTTUnderTest.plan(
                """
                message-size: 100B
                retention-size: 1MiB
                load: { schedule: closed-loop, in-flight: 1 }
                batch: { messages: 10, linger: 1ms, compression: zstd }
                handling: { processing: 1ms }
                """)
            try MQTTUnderTest.withServer { server in
                let promises = try MQTTUnderTest.driver(server).promises(plan)
                let promise = try #require(promises.first)
                #expect(promise.durability == .volatile)
                for word in ["batches", "compression", "retention", "busy"] {
                    #expect(promise.differences.contains { $0.contains(word) }, "\(word)")
                }
            }
        }

        @Test func withoutAcknowledgementsNothingIsPromised() throws {
            let plan = try MQTTUnderTest.plan(
                """
                message-size: 100B
                acks: 0
                load: { schedule: constant, rate: 1k/s }
                batch: { messages: 1 }
                """)
            try MQTTUnderTest.withServer { server in
                let promises = try MQTTUnderTest.driver(server).promises(plan)
                let promise = try #require(promises.first)
                #expect(promise.durability == nil)
                #expect(promise.acknowledgement.contains("QoS 0"))
                #expect(promise.differences.isEmpty, "\(promise.differences)")
            }
        }
    }
#endif
