// The handler of one consumer, played in time.

/// When a consumer takes each message that reaches it, and when it can take the next.
///
/// - Thread: one worker. Allocations: none.
@usableFromInline struct ConsumerHandler {
    private let pace: ConsumerPace
    private let processing: CounterRandom
    private let failures: CounterRandom
    /// When the first pause of this consumer begins.
    private let firstPauseNanoseconds: Int64
    private var freeNanoseconds = Int64.min
    private var attemptCount: UInt64 = 0
    /// Attempts that failed.
    private(set) var failureCount: Int64 = 0

    // BOUND: attempts at one message; then it is done with, as by a dead letter.
    private static let attemptsMax = 5

    /// The handler of a consumer; nil when it takes everything at once.
    init?(_ assignment: ConsumerAssignment, _ scenario: Scenario, startNanoseconds: Int64) {
        let trafficClass = scenario.classes[assignment.classIndex]
        guard let pace = trafficClass.handling else { return nil }
        self.pace = pace
        let seed = ArrivalSchedule.classSeed(
            scenarioSeed: scenario.seed, classIndex: assignment.classIndex)
        // Each consumer of each group has draws of its own.
        let place = UInt64(assignment.group) << 32 | UInt64(assignment.consumer)
        let own = CounterRandom(seed: seed).word(place)
        processing = DrawSeed.processing.random(classSeed: own)
        failures = DrawSeed.failures.random(classSeed: own)
        let every = pace.pause?.everyNanoseconds ?? 0
        firstPauseNanoseconds =
            startNanoseconds
            + every / Int64(trafficClass.consumersPerGroup) * Int64(assignment.consumer + 1)
    }

    /// Takes a message that is there.
    ///
    /// - Returns: When its handling begins: now, or when the handler is free.
    mutating func take(nowNanoseconds: Int64) -> Int64 {
        let begin = free(nowNanoseconds: nowNanoseconds)
        var end = begin
        for _ in 0..<Self.attemptsMax {
            // A pause does not break into a message that is being handled.
            end &+= pace.processing.nanoseconds(processing.word(attemptCount))
            let fails = isFailure(failures.word(attemptCount))
            attemptCount &+= 1
            guard fails else { break }
            failureCount &+= 1
        }
        freeNanoseconds = end
        return begin
    }

    /// When the handler can take a message that is there: now or later.
    func free(nowNanoseconds: Int64) -> Int64 {
        let free = max(nowNanoseconds, freeNanoseconds)
        guard let pause = pace.pause, free >= firstPauseNanoseconds else { return free }
        let inRound = (free - firstPauseNanoseconds) % pause.everyNanoseconds
        return inRound < pause.lengthNanoseconds
            ? free + pause.lengthNanoseconds - inRound : free
    }

    private func isFailure(_ word: UInt64) -> Bool {
        word.multipliedFullWidth(by: 1_000_000_000).high < UInt64(pace.failureBillionths)
    }
}
