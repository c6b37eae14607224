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
    /// What incidents do to it, in the order of time.
    private let disturbances: [Disturbance]
    /// What it has not taken yet.
    var waiting = WaitingMessages()
    private var freeNanoseconds = Int64.min
    private var attemptCount: UInt64 = 0
    /// Attempts that failed.
    private(set) var failureCount: Int64 = 0

    /// A time in which it takes nothing, or needs longer.
    private struct Disturbance {
        let times: Range<Int64>
        /// Nil where it takes nothing.
        let delayNanoseconds: Int64?
    }

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
        disturbances = Self.disturbances(
            of: trafficClass.name, scenario,
            windowNanoseconds: startNanoseconds + scenario.warmupNanoseconds)
    }

    private static func disturbances(
        of className: String, _ scenario: Scenario, windowNanoseconds: Int64
    ) -> [Disturbance] {
        scenario.incidents.filter { $0.isPlayed(byClass: className) }.map { incident in
            let start = windowNanoseconds + incident.atNanoseconds
            let times = start..<start + incident.lengthNanoseconds
            guard case .slowConsumer(_, let delay) = incident.kind else {
                return Disturbance(times: times, delayNanoseconds: nil)
            }
            return Disturbance(times: times, delayNanoseconds: delay)
        }
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
            end &+= delay(atNanoseconds: begin)
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
        var free = max(nowNanoseconds, freeNanoseconds)
        // BOUND: each round puts a pause, or what holds it up, behind.
        while true {
            let next = behindDisturbance(behindPause(free))
            if next == free { return free }
            free = next
        }
    }

    private func behindPause(_ free: Int64) -> Int64 {
        guard let pause = pace.pause, free >= firstPauseNanoseconds else { return free }
        let inRound = (free - firstPauseNanoseconds) % pause.everyNanoseconds
        return inRound < pause.lengthNanoseconds
            ? free + pause.lengthNanoseconds - inRound : free
    }

    private func behindDisturbance(_ free: Int64) -> Int64 {
        for each in disturbances where each.delayNanoseconds == nil && each.times.contains(free) {
            return each.times.upperBound
        }
        return free
    }

    /// How much longer an attempt takes.
    private func delay(atNanoseconds begin: Int64) -> Int64 {
        for each in disturbances where each.times.contains(begin) {
            return each.delayNanoseconds ?? 0
        }
        return 0
    }

    private func isFailure(_ word: UInt64) -> Bool {
        word.multipliedFullWidth(by: 1_000_000_000).high < UInt64(pace.failureBillionths)
    }
}
