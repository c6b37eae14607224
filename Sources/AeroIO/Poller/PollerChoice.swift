// Which poller a process uses, and why.

/// The pollers there are.
package enum PollerKind: String, CaseIterable, Sendable {
    /// `EpollPoller`.
    case epoll
    /// `UringPoller`.
    case uring
}

/// A poller kind with the reason for it, which the caller logs once.
package struct PollerChoice: Equatable, Sendable {
    /// What to use.
    package let kind: PollerKind
    /// Why, in words for a log line.
    package let reason: String

    /// Resolves what was asked for against what the kernel allows.
    /// - Parameters:
    ///   - requested: nil takes the default, epoll, which needs no permission of a container.
    ///   - probe: Tries io_uring; called only if it was asked for. The default asks the kernel
    ///     once per process.
    package static func resolve(
        requested: PollerKind?, probe: () -> UringProbe.Outcome = { UringProbe.cached }
    ) -> PollerChoice {
        guard let requested else { return PollerChoice(kind: .epoll, reason: "the default") }
        guard requested == .uring else { return PollerChoice(kind: .epoll, reason: "requested") }
        switch probe() {
        case .usable:
            return PollerChoice(kind: .uring, reason: "requested")
        case .refused(let step, let error, let hint):
            var reason = "io_uring was requested but \(step) failed: \(error)"
            if let hint { reason += "; \(hint)" }
            return PollerChoice(kind: .epoll, reason: reason)
        }
    }
}
