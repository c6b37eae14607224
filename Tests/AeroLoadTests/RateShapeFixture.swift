// Random shapes, and their integrated rates by the book.

import AeroLoad
import Glibc
import TestSupport

/// Shapes of load for the tests, each with what a textbook says of it.
enum RateShapeFixture {
    static let billion: Int64 = 1_000_000_000

    /// One shape of each kind, a few hundred messages a second.
    static let plain: [RateShape] = [
        .ramp(
            fromBillionths: 50 * billion, toBillionths: 900 * billion,
            overNanoseconds: 7 * billion),
        .ramp(fromBillionths: 900 * billion, toBillionths: 0, overNanoseconds: 30 * billion),
        .steps([
            .init(rateBillionths: 100 * billion, durationNanoseconds: 1_500_000_000),
            .init(rateBillionths: 0, durationNanoseconds: 700_000_000),
            .init(rateBillionths: 777_777_777_777, durationNanoseconds: nil),
        ]),
        .burst(
            baseBillionths: 33 * billion, messageCount: 250, periodNanoseconds: 1_100_000_000),
        .burst(baseBillionths: 0, messageCount: 7, periodNanoseconds: 10_000_000),
        .onOff(
            rateBillionths: 1_000 * billion, onNanoseconds: 300_000_000,
            offNanoseconds: 433_333_333),
        .sine(
            meanBillionths: 500 * billion, amplitudeBillionths: 500 * billion,
            periodNanoseconds: 3 * billion),
    ]

    /// A shape of any kind and any size.
    static func random(_ random: inout SplitMix64) -> RateShape {
        func rate(_ range: ClosedRange<Int64> = 1...50_000) -> Int64 {
            Int64.random(in: range, using: &random) * billion
                + Int64.random(in: 0..<billion, using: &random)
        }
        func length() -> Int64 { Int64.random(in: 1_000_000...5_000_000_000, using: &random) }
        switch Int.random(in: 0..<5, using: &random) {
        case 0:
            return .ramp(
                fromBillionths: rate(0...9_000), toBillionths: rate(), overNanoseconds: length())
        case 1:
            let steps = (0..<Int.random(in: 1...5, using: &random)).map { _ in
                RateShape.Step(
                    rateBillionths: Bool.random(using: &random) ? rate() : 0,
                    durationNanoseconds: length())
            }
            return .steps(steps + [.init(rateBillionths: rate(), durationNanoseconds: nil)])
        case 2:
            return .burst(
                baseBillionths: Bool.random(using: &random) ? rate(0...100) : 0,
                messageCount: Int64.random(in: 1...5_000, using: &random),
                periodNanoseconds: length())
        case 3:
            return .onOff(
                rateBillionths: rate(), onNanoseconds: length(), offNanoseconds: length())
        default:
            let mean = rate()
            return .sine(
                meanBillionths: mean,
                amplitudeBillionths: Int64.random(in: 0...mean, using: &random),
                periodNanoseconds: length())
        }
    }

    /// Messages due before `seconds`, by the formula of each shape.
    static func integral(_ shape: RateShape, seconds: Double) -> Double {
        func rate(_ billionths: Int64) -> Double { Double(billionths) / 1e9 }
        func time(_ nanoseconds: Int64) -> Double { Double(nanoseconds) / 1e9 }
        switch shape {
        case .ramp(let from, let to, let over):
            let t = min(seconds, time(over))
            let climbed = rate(from) * t + (rate(to) - rate(from)) * t * t / (2 * time(over))
            return climbed + rate(to) * max(0, seconds - time(over))
        case .steps(let steps):
            var (left, sum) = (seconds, 0.0)
            for (index, step) in steps.enumerated() {
                let length =
                    index == steps.count - 1
                    ? left : min(left, step.durationNanoseconds.map(time) ?? left)
                sum += rate(step.rateBillionths) * length
                left -= length
            }
            return sum
        case .burst(let base, let messageCount, let period):
            return rate(base) * seconds + Double(messageCount) * ceil(seconds / time(period))
        case .onOff(let high, let on, let off):
            let round = (seconds / time(on + off)).rounded(.down)
            let rest = seconds - round * time(on + off)
            return rate(high) * (round * time(on) + min(rest, time(on)))
        case .sine(let mean, let amplitude, let period):
            let turn = 2 * Double.pi / time(period)
            return rate(mean) * seconds + rate(amplitude) / turn * (1 - cos(turn * seconds))
        }
    }
}
