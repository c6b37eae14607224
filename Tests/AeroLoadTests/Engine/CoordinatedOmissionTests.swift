// A stall of the target must be seen by whoever was meant to be served during it.

import AeroLoad
import HDRHistogram
import Testing

@Suite(.timeLimit(.minutes(10))) struct CoordinatedOmissionTests {
    static let schedules = ["constant", "poisson"]
    static let stallNanoseconds: Int64 = 100_000_000

    /// The target refuses messages, or the sender's thread is held up.
    enum Stall: String, CaseIterable { case refusal, pause }

    static func model(_ stall: Stall) -> VirtualModel {
        var model = VirtualModel()
        let from = VirtualRun.startNanoseconds + 4_000_400_000
        switch stall {
        case .refusal: model.refusal = from..<from + stallNanoseconds
        case .pause: model.pause = from..<from + stallNanoseconds
        }
        return model
    }

    @Test(arguments: schedules, Stall.allCases)
    func aStallIsInTheIntendedSeriesAndNotInTheActual(schedule: String, stall: Stall) throws {
        let scenario = try VirtualRun.scenario(load: "{ schedule: \(schedule), rate: 1k/s }")
        let model = Self.model(stall)
        let outcome = try VirtualRun.run(scenario, model)
        let record = outcome.record.classes[0]
        let slack = 1.001  // Three significant digits.
        for (series, service) in [
            (LatencySeries.acknowledgeIntended, model.acknowledgementNanoseconds),
            (.endToEndIntended, model.deliveryNanoseconds),
        ] {
            let histogram = record.histogram(series)
            // One message in a hundred was due in the stall, and waited 50 ms of it on average.
            #expect(Double(histogram.maximum) > 0.9 * Double(Self.stallNanoseconds))
            #expect(
                Double(histogram.maximum) <= Double(Self.stallNanoseconds + service) * slack)
            let p995 = Double(histogram.value(atPercentile: 99.5))
            #expect(p995 > 25e6 && p995 < 75e6, "\(series.name) p99.5 is \(p995)")
            #expect(Double(histogram.value(atPercentile: 98)) <= Double(service) * slack)
            #expect(histogram == (try outcome.expected(series)))
        }
        for (series, service) in [
            (LatencySeries.acknowledgeActual, model.acknowledgementNanoseconds),
            (.endToEndActual, model.deliveryNanoseconds),
        ] {
            let histogram = record.histogram(series)
            #expect(histogram.totalCount == outcome.counts.sent)
            #expect(Double(histogram.maximum) <= Double(service) * slack, "\(series.name)")
            #expect(histogram == (try outcome.expected(series)))
        }
    }

    @Test(arguments: schedules, Stall.allCases)
    func theGeneratorsLatenessIsRecordedAsLag(schedule: String, stall: Stall) throws {
        let scenario = try VirtualRun.scenario(load: "{ schedule: \(schedule), rate: 1k/s }")
        let outcome = try VirtualRun.run(scenario, Self.model(stall))
        let lag = outcome.record.classes[0].histogram(.lag)
        #expect(lag.totalCount == outcome.counts.sent)
        #expect(lag == (try outcome.expected(.lag)))
        #expect(Double(lag.maximum) > 0.9 * Double(Self.stallNanoseconds))
        // Nobody is late outside the stall: 100 of 10,000 are, and virtual time is exact.
        #expect(lag.value(atPercentile: 98) == 0)
    }

    /// A target that takes messages and sits on them shows in both series.
    @Test(arguments: schedules) func aSlowAnswerIsInBoth(schedule: String) throws {
        let scenario = try VirtualRun.scenario(load: "{ schedule: \(schedule), rate: 1k/s }")
        var model = VirtualModel()
        model.acknowledgementNanoseconds = 30_000_000
        let record = try VirtualRun.run(scenario, model).record.classes[0]
        #expect(record.histogram(.acknowledgeIntended).minimum >= 29_900_000)
        #expect(record.histogram(.acknowledgeIntended) == record.histogram(.acknowledgeActual))
        #expect(record.counts.acknowledged == record.counts.sent)
    }

    @Test(arguments: schedules) func withoutAStallTheSeriesAreTheSame(schedule: String) throws {
        let scenario = try VirtualRun.scenario(load: "{ schedule: \(schedule), rate: 1k/s }")
        let record = try VirtualRun.run(scenario).record.classes[0]
        #expect(record.histogram(.acknowledgeIntended) == record.histogram(.acknowledgeActual))
        #expect(record.histogram(.endToEndIntended) == record.histogram(.endToEndActual))
        #expect(record.histogram(.lag).maximum == 0)
    }

    /// Every message of a class has its own lateness, whoever of its producers sends it.
    @Test(arguments: schedules) func producersShareAStall(schedule: String) throws {
        let scenario = try VirtualRun.scenario(
            load: "{ schedule: \(schedule), rate: 1k/s }",
            ["classes.main.producers=7", "classes.main.partitions=3", "classes.main.groups=2"])
        let outcome = try VirtualRun.run(scenario, Self.model(.refusal))
        for series in LatencySeries.allCases {
            #expect(
                outcome.record.classes[0].histogram(series) == (try outcome.expected(series)),
                "\(series.name)")
        }
        #expect(outcome.counts.received == 2 * outcome.counts.sent)
    }
}
