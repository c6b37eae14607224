// When the messages of a class are sent.

/// The shape of a class's load.
package enum LoadShape: Sendable, Equatable {
    /// Open loop with equal gaps; the rate is of the whole class.
    case constant(MessageRate)
    /// Open loop with exponential gaps of the mean that the rate says.
    case poisson(MessageRate)
    /// Open loop with a rate that changes; the rates are of the whole class.
    case varying(RateShape, ArrivalSpacing)
    /// Open loop with the times of a file.
    case trace(TraceReplay)
    /// As fast as the target takes them, with at most `inFlight` unacknowledged per producer.
    case maximum(inFlight: Int)
    /// The next message of a producer leaves when one of its `inFlight` is acknowledged.
    case closedLoop(inFlight: Int)

    /// The offered rate of an open loop, nil for the shapes that follow the target and for those
    /// whose rate changes.
    package var rate: MessageRate? {
        switch self {
        case .constant(let rate), .poisson(let rate): rate
        case .varying, .trace, .maximum, .closedLoop: nil
        }
    }

    /// The in-flight bound per producer, nil for open loops.
    package var inFlight: Int? {
        switch self {
        case .constant, .poisson, .varying, .trace: nil
        case .maximum(let inFlight), .closedLoop(let inFlight): inFlight
        }
    }

    /// The spellings of `schedule`.
    package enum Name: String, CaseIterable, Sendable {
        case constant, poisson, ramp, steps, burst
        case onOff = "on-off"
        case sine, trace, maximum
        case closedLoop = "closed-loop"
    }

    /// How the shape is spelled in a scenario.
    package var name: Name {
        switch self {
        case .constant: .constant
        case .poisson: .poisson
        case .varying(.ramp, _): .ramp
        case .varying(.steps, _): .steps
        case .varying(.burst, _): .burst
        case .varying(.onOff, _): .onOff
        case .varying(.sine, _): .sine
        case .trace: .trace
        case .maximum: .maximum
        case .closedLoop: .closedLoop
        }
    }
}
