// Draws of the kinds a simulation makes, the same with every version of the standard library.

package import TestSupport

extension SplitMix64 {
    /// A generator of its own for one part of a simulation.
    ///
    /// Parts that draw from generators of their own do not shift each other's draws when one of
    /// them is changed.
    /// - Parameters:
    ///   - seed: The seed of the whole simulation.
    ///   - part: Another number for each part.
    package init(seed: UInt64, part: UInt64) {
        var mixer = SplitMix64(seed: seed ^ (part &* 0xD6E8_FEB8_6659_FD93))
        self.init(seed: mixer.next())
    }

    /// A number from 0 to below `bound`.
    /// - Parameter bound: More than 0.
    package mutating func below(_ bound: Int) -> Int {
        precondition(bound > 0, "nothing to draw from")
        // The bias of the remainder is below 2^-32 for the bounds in use.
        return Int(next() >> 1) % bound
    }

    /// A number of the range, both ends included.
    package mutating func draw(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + below(range.count)
    }

    /// A time of the range, both ends included, in nanoseconds.
    package mutating func drawTime(_ range: ClosedRange<Int64>) -> Int64 {
        range.lowerBound + Int64(below(Int(range.upperBound - range.lowerBound) + 1))
    }

    /// True `count` times of a hundred.
    package mutating func percent(_ count: Int) -> Bool { below(100) < count }

    /// True once in `count` times.
    package mutating func once(in count: Int) -> Bool { below(count) == 0 }

    /// One of the elements, of which there is at least one.
    package mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[below(elements.count)]
    }
}
