// Looking at the machine before and after a run.

import AeroIO
import AeroReport

/// Begins when it is made; asked once more it says what the machine did meanwhile.
struct MachineWatch {
    private let calibration = CalibrationLoop.nanoseconds()
    private let before = MachineReading(atNanoseconds: MonotonicClock.nowNanoseconds())

    /// The machine since the watch began.
    func signals() -> MachineSignals {
        let after = MachineReading(atNanoseconds: MonotonicClock.nowNanoseconds())
        return after.signals(
            since: before,
            calibrationNanoseconds: min(calibration, CalibrationLoop.nanoseconds()))
    }
}

/// The same small computation again and again: its fastest time tells the clock's frequency and
/// what others take away for longer than a moment, and nothing of who runs beside.
enum CalibrationLoop {
    /// Rounds of a few nanoseconds: some hundred microseconds, so that one fits between two ticks.
    private static let roundCount = 100_000
    private static let repetitionCount = 8

    /// The fastest of some repetitions, in nanoseconds.
    static func nanoseconds() -> Int64 {
        var fastest = Int64.max
        for _ in 0..<repetitionCount {
            let start = MonotonicClock.nowNanoseconds()
            let word = scramble()
            fastest = min(fastest, MonotonicClock.nowNanoseconds() - start)
            // The result has to be looked at, or there would be no computation.
            precondition(word != 0, "an xorshift of something is never nothing")
        }
        return fastest
    }

    /// Source: Marsaglia, "Xorshift RNGs", 2003.
    @inline(never)
    private static func scramble() -> UInt64 {
        var word: UInt64 = 0x9E37_79B9_7F4A_7C15
        for _ in 0..<roundCount {
            word ^= word << 13
            word ^= word >> 7
            word ^= word << 17
        }
        return word
    }
}
