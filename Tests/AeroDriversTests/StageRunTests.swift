// Runs that measure stages, through the AeroMQ driver and real sockets.

import AeroBroker
import AeroDrivers
import AeroIO
import AeroLoad
import HDRHistogram
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(10)))
struct StageRunTests {
    /// A load with the keys `lines`.
    private static func plan(_ lines: String, workers: Int = 1) throws -> LoadPlan {
        var scenario = DriverScenario(testDescription: "", lines: lines)
        scenario.workers = workers
        return LoadPlan(
            try scenario.parse(overrides: ["stages=true", "slowest=5"]), runId: "stages")
    }

    private static func run(_ plan: LoadPlan, shards: Int) throws -> LoadOutcome {
        let folder = try TemporaryFolder()
        var configuration = BrokerConfiguration(listenAddress: .loopback(port: 0))
        configuration.shardCount = shards
        configuration.dataDirectory = folder.file("data")
        let broker = try Broker.start(configuration)
        defer { broker.stop() }
        let outcome = try LoadRun(plan, driver: AeroMQDriver(address: broker.address))
            .run(isInterrupted: { false }, progress: { _, _ in })
        broker.stop()
        try broker.join()
        return outcome
    }

    /// Every message has its times, and what they sum to is the whole: message by message for the
    /// slowest, by the means for all.
    @Test(arguments: [1, 3], ["volatile", "os", "sync", "interval 5ms"])
    func stagesSumToTheWhole(shards: Int, durability: String) throws {
        let plan = try Self.plan(
            """
            message-size: 100B
            partitions: 3
            producers: 2
            groups: 2
            durability: \(durability)
            load: { schedule: constant, rate: 4k/s }
            batch: { messages: 20, linger: 1ms }
            """, workers: 2)
        let outcome = try Self.run(plan, shards: shards)
        #expect(outcome.ending == .completed, "\(outcome.incidents.entries)")
        #expect(outcome.verdicts[0].allSatisfy { $0.isClean })
        let stages = try #require(outcome.stages)
        #expect(stages.untimedCount == 0 && stages.disorderedCount == 0)
        let record = outcome.record.classes[0]
        let whole = record.histogram(.endToEndIntended)
        #expect(stages.timedCount == whole.totalCount && whole.totalCount > 0)
        var sum = 0.0
        for stage in StageSeries.allCases {
            let histogram = try #require(record.histogram(stage))
            #expect(histogram.totalCount == whole.totalCount, "\(stage)")
            #expect(histogram.outOfRangeCount == 0, "\(stage)")
            sum += histogram.mean
        }
        #expect(abs(sum / whole.mean - 1) < 0.01, "stages \(sum), whole \(whole.mean)")
        let durable = try #require(record.histogram(StageSeries.durable))
        #expect((durable.maximum == 0) == (durability == "volatile"))
        #expect(stages.slowest.count == 5)
        for place in stages.slowest {
            let parts = StageSeries.allCases.map(place.message.nanoseconds)
            #expect(parts.reduce(0, +) == place.message.totalNanoseconds)
            #expect(parts.allSatisfy { $0 >= 0 })
            #expect(place.message.destination == place.partition)
        }
        #expect(stages.slowest[0].message.totalNanoseconds <= whole.maximum)
        #expect(stages.slowest[0].message.totalNanoseconds > whole.maximum * 998 / 1_000)
    }

    /// Compressed batches and a closed loop of one, where each batch is a message.
    @Test(arguments: [
        "load: { schedule: closed-loop, in-flight: 1 }\nbatch: { messages: 1 }",
        "load: { schedule: maximum, in-flight: 400 }\npayload: json\n"
            + "batch: { messages: 50, compression: zstd }",
        "load: { schedule: constant, rate: 2k/s }\nacks: 0",
    ])
    func everyWayOfSendingHasItsStages(lines: String) throws {
        let outcome = try Self.run(
            try Self.plan("message-size: 200B\n" + lines), shards: 1)
        let stages = try #require(outcome.stages)
        let count = outcome.record.classes[0].histogram(.endToEndIntended).totalCount
        #expect(stages.untimedCount == 0 && stages.disorderedCount == 0)
        #expect(stages.timedCount == count && count > 0)
    }

    /// What waits for a busy handler is the handler's share, and part of the whole.
    @Test func aHandlerThatTakesItsTimeHasItsShare() throws {
        let outcome = try Self.run(
            try Self.plan(
                """
                message-size: 1KiB
                load: { schedule: burst, messages: 50, every: 10s }
                batch: { messages: 1 }
                handling: { processing: 5ms }
                """), shards: 1)
        let stages = try #require(outcome.stages)
        #expect(stages.untimedCount == 0 && stages.disorderedCount == 0)
        let record = outcome.record.classes[0]
        let whole = record.histogram(.endToEndIntended)
        #expect(whole.totalCount == 50 && stages.timedCount == 50)
        var sum = 0.0
        for stage in StageSeries.allCases { sum += record.histogram(stage)?.mean ?? 0 }
        #expect(abs(sum / whole.mean - 1) < 0.01, "stages \(sum), whole \(whole.mean)")
        // The last of fifty waits for the handling of those in front of it.
        let handler = try #require(record.histogram(StageSeries.handler))
        #expect(handler.maximum > 100_000_000)
    }

    /// Speaks the protocol as far as a run needs before it begins, without any optional part.
    private static func oldBroker(_ socket: BlockingSocket) throws(Errno) {
        while true {
            let head = try socket.read(byteCount: 14)
            guard head.count == 14 else { return }
            let byteCount = head[0..<4].reduce(0) { $0 << 8 | Int($1) } - 10
            let payload = try socket.read(byteCount: byteCount)
            var reply: [UInt8] = [0, 0]
            switch head[5] {
            case 1:
                // Its newest version; then no name, no features, 1 MiB frames, 100 in flight,
                // heartbeats of 10 s, session 1.
                reply += payload[2..<4]
                reply += [UInt8](repeating: 0, count: 2 + 8)
                reply += [0, 16, 0, 0, 0, 0, 0, 100, 0, 0, 39, 16, 0, 0, 0, 0, 0, 0, 0, 1]
            case 20: reply += [0, 0, 0, 1]
            default: break
            }
            let length = 10 + reply.count
            var frame: [UInt8] = [0, 0, UInt8(length >> 8), UInt8(length & 0xFF), head[4] | 0x80]
            frame += head[5...]
            frame += reply
            try socket.write(frame)
        }
    }

    @Test func aBrokerThatDoesNotKnowStagesIsNamed() throws {
        let lines = "message-size: 100B\nload: { schedule: constant, rate: 1k/s }"
        try ScriptedServer.run(Self.oldBroker) { server in
            let driver = AeroMQDriver(address: server.address)
            let plan = try Self.plan(lines)
            do throws(LoadRunError) {
                _ = try LoadRun(plan, driver: driver).run(
                    isInterrupted: { false }, progress: { _, _ in })
                Issue.record("the run began")
            } catch {
                #expect("\(error)".contains("does not know stage times"), "\(error)")
                #expect("\(error)".contains("\(server.address)"), "\(error)")
            }
        }
    }
}
