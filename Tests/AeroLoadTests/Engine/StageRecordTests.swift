// What a worker makes of messages with times of their stages, and without.

import HDRHistogram
import Testing

@testable import AeroLoad

@Suite struct StageRecordTests {
    /// A worker's record, and what hands out its intervals.
    private struct Bench: ~Copyable {
        let scenario: Scenario
        let plan: LoadPlan
        let window: RecordingWindow
        var record: WorkerRecord
        let collection: VirtualCollection
        private var sequence: Int64 = 0

        private init(
            _ scenario: Scenario, _ plan: LoadPlan, _ window: RecordingWindow,
            _ record: consuming WorkerRecord, _ collection: VirtualCollection
        ) {
            self.scenario = scenario
            self.plan = plan
            self.window = window
            self.record = record
            self.collection = collection
        }

        static func make(_ more: [String] = ["stages=true", "slowest=3"]) throws -> Bench {
            let scenario = try VirtualRun.scenario(
                load: "{ schedule: constant, rate: 10/s }", duration: "2s", warmup: "1s",
                ["classes.main.groups=2", "classes.main.partitions=2"] + more)
            let plan = LoadPlan(scenario, runId: "virtual")
            let window = RecordingWindow(scenario, startNanoseconds: 1_000_000_000)
            let isMeasuring = scenario.stages != nil
            let ends = try IntervalRecorder.make(
                classCount: 1, window: window, measuresStages: isMeasuring)
            let collection = try VirtualCollection(
                ends.collector, classCount: 1, measuresStages: isMeasuring)
            let record = WorkerRecord(
                plan.assignments[0], plan, recorder: ends.recorder,
                startNanoseconds: window.startNanoseconds)
            return Bench(scenario, plan, window, record, collection)
        }

        /// A message for both groups' first consumers; each stage takes as long as is said.
        mutating func deliver(
            intended: Int64, _ stages: [Int64], isTimed: Bool = true, consumer: Int = 0
        ) {
            var times = [intended]
            for stage in stages { times.append((times.last ?? 0) + stage) }
            let stamp = Stamp(
                classIndex: 0, producer: 0, destination: 0, sequence: sequence,
                intendedNanoseconds: intended, actualNanoseconds: intended)
            sequence += 1
            var value = [UInt8](repeating: 0, count: 32)
            value.withUnsafeMutableBytes { bytes in
                if let base = bytes.baseAddress { stamp.encodeFull(into: base, bodyChecksum: 0) }
            }
            let known = StageTimes(
                offset: 100 + stamp.sequence, sentNanoseconds: times[1],
                arrivedNanoseconds: times[2], appendedNanoseconds: times[3],
                durableNanoseconds: times[4], dispatchedNanoseconds: times[5],
                receivedNanoseconds: times[6])
            value.withUnsafeBytes {
                record.delivered(
                    consumer: consumer, destination: 0, value: $0, nowNanoseconds: times[7],
                    stages: isTimed ? known : nil)
            }
        }

        /// Ends the run.
        consuming func finish() -> (run: RunRecord, ledgers: WorkerLedgers) {
            let collection = collection
            let ledgers = record.finish(nowNanoseconds: 5_000_000_000)
            collection.drain()
            return (collection.record, ledgers)
        }
    }

    @Test func stagesSumToTheWhole() throws {
        var bench = try Bench.make()
        for index in 0..<Int64(50) {
            bench.deliver(
                intended: 2_100_000_000 + index * 10_000_000,
                [10, 200, 3_000, 40_000, 5, 60_000, 700].map { $0 * (index + 1) })
        }
        let (run, ledgers) = bench.finish()
        let stages = ledgers.stages
        let whole = run.classes[0].histogram(.endToEndIntended)
        #expect(whole.totalCount == 50)
        var sum = 0.0
        for (stage, length) in zip(StageSeries.allCases, [10, 200, 3_000, 40_000, 5, 60_000, 700]) {
            let histogram = try #require(run.classes[0].histogram(stage))
            #expect(histogram.totalCount == 50)
            #expect(abs(histogram.mean / (Double(length) * 25.5) - 1) < 0.001, "\(stage)")
            sum += histogram.mean
        }
        #expect(abs(sum / whole.mean - 1) < 0.001)
        #expect(stages?.timedCount == 50 && stages?.untimedCount == 0)
        // The intervals have them too, and they are where the messages are.
        for interval in run.intervals where interval.phase == .measure {
            for stage in StageSeries.allCases {
                let part = try #require(interval.stage(stage, classIndex: 0))
                let own = interval.series(.endToEndIntended, classIndex: 0).sampleCount
                #expect(part.sampleCount == own)
            }
        }
    }

    @Test func whatMakesNoSenseIsCountedAndInNoSeries() throws {
        var bench = try Bench.make()
        let intended: Int64 = 2_500_000_000
        // Each stage in turn ends before it begins; the others make up for it.
        for stage in 0..<7 {
            var stages = [Int64](repeating: 1_000, count: 7)
            stages[stage] = -1
            bench.deliver(intended: intended, stages)
        }
        bench.deliver(intended: intended, [0, 0, 0, 0, 0, 0, 5])
        bench.deliver(intended: intended, [1, 1, 1, 1, 1, 1, 1], isTimed: false)
        // The warm-up's are in the warm-up's series, and not counted.
        let early: Int64 = 1_500_000_000
        bench.deliver(intended: early, [1_000_000, 1, 1, 1, 1, 1, 1])
        bench.deliver(intended: early, [1, 1, 1, 1, 1, 1, 1], isTimed: false)
        bench.deliver(intended: early, [1, -1, 1, 1, 1, 1, 1])
        let (run, ledgers) = bench.finish()
        let stages = ledgers.stages
        #expect(stages?.disorderedCount == 7)
        #expect(stages?.timedCount == 1 && stages?.untimedCount == 1)
        #expect(run.classes[0].histogram(.endToEndIntended).totalCount == 9)
        #expect(run.classes[0].histogram(StageSeries.handler)?.totalCount == 1)
        #expect(run.classes[0].warmup[StageSeries.clientQueue.index].maximum >= 999_000)
        #expect(stages?.slowest.sorted.map(\.totalNanoseconds) == [5])
    }

    @Test func aWarmupThatIsCutShortCountsFromItsNewEnd() throws {
        var bench = try Bench.make(["stages=true", "slowest=3", "interval=500ms"])
        let (plan, window) = (bench.plan, bench.window.measuring(from: 1_500_000_000))
        let coordination = RunCoordination(workerCount: 1, drainNanoseconds: 1_000_000_000)
        coordination.measure(fromNanoseconds: window.measureStartNanoseconds)
        bench.record.recorder.follow(coordination)
        bench.deliver(intended: 1_400_000_000, [1, 1, 1, 1, 1, 1, 9])
        bench.deliver(intended: 1_400_000_000, [1, 1, 1, 1, 1, 1, 9], isTimed: false)
        bench.deliver(intended: 1_600_000_000, [1, 1, 1, 1, 1, 1, 5])
        bench.deliver(intended: 1_600_000_000, [1, 1, 1, 1, 1, 1, 5], isTimed: false)
        let (run, ledgers) = bench.finish()
        let account = try #require(ledgers.stages)
        let outcome = try #require(StageOutcome(plan, window, [account], ledgers.incidents))
        #expect(outcome.timedCount == 1 && outcome.untimedCount == 1)
        #expect(run.classes[0].histogram(StageSeries.handler)?.totalCount == 1)
        #expect(outcome.slowest.map(\.message.totalNanoseconds) == [11])
        #expect(outcome.slowest.map(\.interval) == [1])
    }

    @Test func theSlowestSayWhereTheyWere() throws {
        var bench = try Bench.make()
        for index in 0..<Int64(20) {
            bench.deliver(
                intended: 2_000_000_000 + index * 1_000_000,
                [1, 1, 1, 1, 1, 1, index == 7 ? 1_200_000_000 : index], consumer: Int(index % 2))
        }
        bench.record.noted("the cable was cut", nowNanoseconds: 2_900_000_000)
        bench.record.noted("long before", nowNanoseconds: 1_000_000_001)
        let (plan, window) = (bench.plan, bench.window)
        let ledgers = bench.finish().ledgers
        let incidents = ledgers.incidents
        let account = try #require(ledgers.stages)
        let outcome = try #require(StageOutcome(plan, window, [account], incidents))
        #expect(outcome.timedCount == 20)
        #expect(outcome.slowest.map(\.message.sequence) == [7, 19, 18])
        let worst = outcome.slowest[0]
        #expect(worst.topic == plan.topicName(classIndex: 0, topic: 0) && worst.partition == 0)
        #expect(worst.message.times.offset == 107)
        #expect(worst.message.group == 1)
        #expect(worst.message.totalNanoseconds == 1_200_000_006)
        #expect(worst.message.nanoseconds(.handler) == 1_200_000_000)
        // Handled at 3.2 s, which is in the second interval of the window, behind the warm-up's.
        #expect(worst.interval == 2)
        #expect(worst.incidents == ["the cable was cut"])
        // The others were handled in the interval in which it happened.
        #expect(outcome.slowest[1].interval == 1)
        #expect(outcome.slowest[1].incidents == ["the cable was cut"])
        #expect(StageOutcome(plan, window, [], incidents) == nil)
    }

    @Test func withoutStagesThereIsNothingOfThem() throws {
        var bench = try Bench.make([])
        bench.deliver(intended: 2_500_000_000, [1, 1, 1, 1, 1, 1, 1])
        let (run, ledgers) = bench.finish()
        let stages = ledgers.stages
        #expect(stages == nil)
        #expect(run.classes[0].histogram(.endToEndIntended).totalCount == 1)
        #expect(run.classes[0].histogram(StageSeries.handler) == nil)
        #expect(run.intervals.allSatisfy { $0.stage(.handler, classIndex: 0) == nil })
    }

    @Test func momentsOfIncidentsSurviveAMerge() {
        var first = IncidentLog()
        var second = IncidentLog()
        first.note("a", count: 1, nowNanoseconds: 10)
        second.note("b", count: 1, nowNanoseconds: 20)
        second.note("a", count: 2, nowNanoseconds: 30)
        first.merge(second)
        #expect(first.texts(in: 0...15) == ["a"])
        #expect(first.texts(in: 15...25) == ["b"])
        #expect(first.texts(in: 20...30) == ["a", "b"])
        #expect(first.texts(in: 31...99).isEmpty)
        #expect(first.entries.map(\.count) == [3, 1])
    }

    @Test func namesAreThoseOfTheResult() {
        #expect(
            StageSeries.allCases.map(\.name) == [
                "stage.clientQueue", "stage.networkIn", "stage.append", "stage.durable",
                "stage.dispatch", "stage.networkOut", "stage.handler",
            ])
        #expect(StageSeries.allCases.map(\.index) == Array(5..<12))
        #expect(StageSeries.count == StageSeries.allCases.count)
    }
}
