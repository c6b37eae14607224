// Raw TCP as a target: the same messages and batches without a broker.

package import AeroIO
package import AeroLoad
import AeroMemory

/// Sends batches through a `RelayServer`.
///
/// As a *relay*, producers' batches are forwarded to consumers: the limit of any broker's
/// throughput and end-to-end latency. A message counts as acknowledged when the kernel has taken
/// it, since a relay acknowledges nothing. As an *echo*, each producer gets its own batches back,
/// which both acknowledges and delivers them: the limit of publish-to-acknowledge latency.
package struct RelayDriver: LoadDriver {
    /// What the server does with the bytes.
    package enum Mode: String, Sendable, CaseIterable { case relay, echo }

    package static let name = "relay"

    private let address: SocketAddress
    private let mode: Mode
    private let connectNanoseconds: Int64
    private let isInterrupted: @Sendable () -> Bool

    /// - Parameters:
    ///   - address: Where a `RelayServer` listens.
    ///   - mode: What it is to do with the bytes.
    ///   - connectNanoseconds: How long connecting may take.
    ///   - isInterrupted: Asked many times a second until all are connected; true gives up.
    package init(
        address: SocketAddress, mode: Mode,
        connectNanoseconds: Int64 = ClientResources.connectNanosecondsDefault,
        isInterrupted: @escaping @Sendable () -> Bool = { false }
    ) {
        self.isInterrupted = isInterrupted
        self.address = address
        self.mode = mode
        self.connectNanoseconds = connectNanoseconds
    }

    package func prepare(_ plan: LoadPlan) throws(DriverError) {
        guard mode == .echo else { return }
        for each in plan.scenario.classes where each.groupCount > 1 {
            throw DriverError(
                "echo class \(each.name) to \(each.groupCount) groups",
                "an echo comes back once; set groups to 1 or 0")
        }
        guard plan.assignments.count == 1 else {
            throw DriverError(
                "echo with \(plan.assignments.count) workers",
                "an echo comes back to its own thread; set workers to 1")
        }
    }

    package func work(_ seat: WorkerSeat) { seat.run(makeWorker) }

    private func makeWorker(
        _ assignment: WorkerAssignment, _ plan: LoadPlan
    ) throws(DriverError) -> RelayWorker {
        let worker = try RelayWorker(assignment, plan, address: address, mode: mode)
        return try worker.connected(withinNanoseconds: connectNanoseconds, isInterrupted)
    }

    package func statistics() throws(DriverError) -> [String: Int64] { [:] }

    package func cleanUp(_ plan: LoadPlan) throws(DriverError) {}
}
