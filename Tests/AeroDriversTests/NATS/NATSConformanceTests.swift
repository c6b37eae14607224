// What every driver has to do, on real NATS servers.

#if NATSDriver
    import AeroDrivers
    import AeroIO
    import AeroLoad
    import HDRHistogram
    import Testing

    @Suite(.serialized, .timeLimit(.minutes(10)))
    struct NATSConformanceTests {
        /// Every shape of load can be carried; where NATS has no such thing, the promise says so.
        @Test(arguments: NATSTarget.allCases, DriverScenario.all)
        func everythingIsAcknowledgedOnceAndDeliveredOnceToEachGroup(
            _ target: NATSTarget, _ scenario: DriverScenario
        ) throws {
            scenario.expectConformance(of: try target.run(try target.plan(scenario)))
        }

        /// Messages that nobody reads are acknowledged all the same.
        @Test(arguments: NATSTarget.allCases) func nobodyReads(_ target: NATSTarget) throws {
            let scenario = DriverScenario(
                testDescription: "",
                lines: """
                    message-size: 100B
                    groups: 0
                    load: { schedule: constant, rate: 2k/s }
                    """, groups: 0)
            let outcome = try target.run(try target.plan(scenario))
            let counts = outcome.record.classes[0].counts
            #expect(outcome.ending == .completed, "\(outcome.incidents.entries)")
            #expect(counts.sent > 0 && counts.acknowledged == counts.sent)
        }

        /// A slow consumer of a stream leaves in the server what its window does not hold.
        @Test(arguments: ["push", "pull"]) func aBusyConsumerAsksForNoMore(consume: String) throws {
            let outcome = try NATSTarget.jetStreamInMemory.run(try PacedConsumerTests.plan(consume))
            #expect(outcome.ending == .completed, "\(outcome.incidents.entries)")
            #expect(outcome.record.classes[0].counts.received == 100)
            for verdict in outcome.verdicts.flatMap({ $0 }) {
                #expect(verdict.isClean, "\(verdict)")
            }
            // Never more than were handled, and a window of four.
            let start = outcome.window.startNanoseconds
            var received: Int64 = 0
            for interval in outcome.record.intervals.sorted(by: { $0.index < $1.index }) {
                received += interval.counts[0].received
                let handled = (interval.endNanoseconds - start) / 20_000_000
                #expect(received <= handled + 6, "interval \(interval.index)")
            }
            let slow = outcome.record.classes[0].histogram(.endToEndIntended)
            #expect(slow.maximum >= 99 * 20_000_000)
        }
    }
#endif
