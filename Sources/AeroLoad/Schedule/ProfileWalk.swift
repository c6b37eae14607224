// Inverts an integrated rate, message by message.

/// A position in a rate profile: from the number of a message to its time.
///
/// Positions are counted in units of a message: whole ones for even arrivals, 2^-24 for Poisson
/// ones, whose distances are random. Within a piece the integrated rate is
/// m = r t + s t^2 / 2, and t = 2 m / (r + sqrt(r^2 + 2 s m)), which loses no digits whether the
/// rate rises or falls. What is computed depends on the position alone, never on the way there.
@usableFromInline struct ProfileWalk: Sendable {
    /// Binary digits below the message for Poisson arrivals: 5 * 10^11 messages fit above them.
    static let poissonBitCount = 24
    /// The time of messages that are never due; a day may be added to it.
    @usableFromInline static var neverNanoseconds: Int64 { 1 << 62 }

    private let profile: RateProfile
    private let unitBitCount: Int
    /// The first position beyond the current piece.
    @usableFromInline var limit: Int64 = .min
    /// Where the piece begins, in units: a whole number and the rest.
    @usableFromInline var baseUnits: Int64 = 0
    @usableFromInline var baseFraction = 0.0
    @usableFromInline let messagesPerUnit: Double
    @usableFromInline var startNanoseconds: Int64 = 0
    @usableFromInline var lengthNanoseconds: Int64 = 0
    /// Messages per nanosecond at the start of the piece; infinite where all are due at once.
    @usableFromInline var rate = 0.0
    /// Twice the change of the rate per nanosecond.
    @usableFromInline var doubleSlope = 0.0

    /// - Parameter unitBitCount: A position is so many binary digits below a message.
    init(_ profile: RateProfile, unitBitCount: Int) {
        self.profile = profile
        self.unitBitCount = unitBitCount
        messagesPerUnit = 1 / Double(1 << unitBitCount)
    }

    /// When the message at `position` is due, in nanoseconds after the start; the nearest one.
    ///
    /// - Parameter position: Not below that of the call before.
    /// - Complexity: O(1), and O(log pieces) once in each piece.
    @inlinable mutating func nanoseconds(at position: Int64) -> Int64 {
        if position >= limit { enter(position) }
        let count = (Double(position &- baseUnits) - baseFraction) * messagesPerUnit
        guard count > 0 else { return startNanoseconds }
        let square = rate * rate + doubleSlope * count
        let root = square > 0 ? square.squareRoot() : 0
        // Half a nanosecond more, then cut off: the time is not negative.
        let offset = Int64(2 * count / (rate + root) + 0.5)
        return startNanoseconds &+ (offset < lengthNanoseconds ? offset : lengthNanoseconds)
    }

    /// Goes to the piece of `position`.
    @usableFromInline mutating func enter(_ position: Int64) {
        // Cut off, which does not matter: pieces begin at whole masses.
        let mass = (UInt128(position) * RateProfile.massPerMessage) >> UInt128(unitBitCount)
        guard let place = profile.place(ofMass: mass) else {
            startNanoseconds = Self.neverNanoseconds
            (lengthNanoseconds, rate, doubleSlope) = (0, .infinity, 0)
            (baseUnits, baseFraction, limit) = (position, 0, .max)
            return
        }
        let segment = place.segment
        let round = UInt128(place.round)
        let base = round * profile.totalMass + segment.baseMass
        (baseUnits, baseFraction) = units(base)
        let end = units(base + segment.mass)
        limit = end.fraction > 0 ? end.whole &+ 1 : end.whole
        startNanoseconds =
            place.round * (profile.periodNanoseconds ?? 0) + segment.startNanoseconds
        lengthNanoseconds = segment.endNanoseconds - segment.startNanoseconds
        guard segment.jump == 0 else {
            (rate, doubleSlope) = (.infinity, 0)
            return
        }
        rate = Double(segment.startBillionths) / 1e18
        let change = Double(segment.endBillionths) - Double(segment.startBillionths)
        doubleSlope = 2 * change / 1e18 / Double(lengthNanoseconds)
    }

    /// A mass in units of positions; `Int64.max` for what is further than any position.
    private func units(_ mass: UInt128) -> (whole: Int64, fraction: Double) {
        let (scaled, overflow) = mass.multipliedReportingOverflow(by: 1 << UInt128(unitBitCount))
        guard !overflow else { return (.max, 0) }
        let (whole, rest) = scaled.quotientAndRemainder(dividingBy: RateProfile.massPerMessage)
        guard let whole = Int64(exactly: whole), whole < .max else { return (.max, 0) }
        return (whole, Double(rest) / Double(RateProfile.massPerMessage))
    }
}
