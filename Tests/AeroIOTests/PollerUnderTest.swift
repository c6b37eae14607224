// The pollers that the conformance suite is run on.

import AeroIO
import FaultSupport

/// A poller and, for simulated ones, how well its network behaves.
enum PollerUnderTest: String, CaseIterable, Sendable {
    case epoll, uring
    /// In memory; everything at once and whole.
    case simulated
    /// In memory; everything late and in pieces.
    case rough

    /// Epoll and the simulated ones always, io_uring where the probe succeeds.
    static var usable: [PollerUnderTest] { allCases.filter(\.isUsable) }

    /// Those of the system's.
    static var real: [PollerUnderTest] { usable.filter { !$0.isSimulated } }

    var isSimulated: Bool { self == .simulated || self == .rough }

    private var isUsable: Bool {
        guard self == .uring else { return true }
        return PollerChoice.resolve(requested: .uring).kind == .uring
    }

    /// Small sends stay whole, as the suite expects of every poller; large ones are cut by buffers.
    var conditions: NetworkConditions {
        var conditions = self == .rough ? NetworkConditions.rough : NetworkConditions()
        conditions.partialSendPercent = 0
        return conditions
    }
}
