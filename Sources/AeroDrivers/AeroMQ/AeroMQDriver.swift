// The AeroMQ broker as a target, through the poll-driven client.

import AeroClient
package import AeroIO
package import AeroLoad
import AeroMemory
import AeroWire

/// Loads an AeroMQ broker: one connection for each producer and each consumer.
package struct AeroMQDriver: LoadDriver {
    package static let name = "aeromq"

    private let address: SocketAddress
    private let connectNanoseconds: Int64
    private let storm: ConnectionStorm
    private let isInterrupted: @Sendable () -> Bool
    private let topics = TopicTable()

    /// - Parameters:
    ///   - address: Where the broker listens.
    ///   - storm: Cuts connections while the load runs.
    ///   - connectNanoseconds: How long connecting and subscribing may take.
    ///   - isInterrupted: Asked many times a second until all are connected; true gives up.
    package init(
        address: SocketAddress, storm: ConnectionStorm = ConnectionStorm(),
        connectNanoseconds: Int64 = ClientResources.connectNanosecondsDefault,
        isInterrupted: @escaping @Sendable () -> Bool = { false }
    ) {
        self.address = address
        self.storm = storm
        self.isInterrupted = isInterrupted
        self.connectNanoseconds = connectNanoseconds
    }

    package func prepare(_ plan: LoadPlan) throws(DriverError) {
        try withControl(isInterrupted) { (control) throws(DriverError) in
            for (classIndex, each) in plan.scenario.classes.enumerated() {
                var ids: [UInt32] = []
                for topic in 0..<each.topicCount {
                    let name = plan.topicName(classIndex: classIndex, topic: topic)
                    let reply: CreateTopicReply = try control.ask(
                        CreateTopicRequest(name: name, each), "create topic \(name)")
                    ids.append(reply.topicId)
                }
                topics.set(ids, classIndex: classIndex)
            }
        }
    }

    /// Looks the topics up.
    package func join(_ plan: LoadPlan) throws(DriverError) {
        try withControl { (control) throws(DriverError) in
            for (classIndex, each) in plan.scenario.classes.enumerated() {
                var ids: [UInt32] = []
                for topic in 0..<each.topicCount {
                    let name = plan.topicName(classIndex: classIndex, topic: topic)
                    let reply: DescribeTopicReply = try control.ask(
                        DescribeTopicRequest(name: name), "find topic \(name)")
                    ids.append(reply.topicId)
                }
                topics.set(ids, classIndex: classIndex)
            }
        }
    }

    private func makeWorker(
        _ assignment: WorkerAssignment, _ plan: LoadPlan
    ) throws(DriverError) -> AeroMQWorker {
        let worker = try AeroMQWorker(
            assignment, plan, address: address, topicIds: topics.ids(plan), storm)
        return try worker.connected(withinNanoseconds: connectNanoseconds, isInterrupted)
    }

    package func work(_ seat: WorkerSeat) { seat.run(makeWorker) }

    package func promises(_ plan: LoadPlan) throws(DriverError) -> [TargetPromise] {
        plan.scenario.classes.map { TargetPromise(ofAeroMQ: $0) }
    }

    package func statistics() throws(DriverError) -> [String: Int64] {
        var figures: [String: Int64] = [:]
        try withControl { (control) throws(DriverError) in
            let reply: StatisticsReply = try control.ask(
                StatisticsRequest(), "ask the broker for its statistics")
            for entry in reply.entries { figures[entry.name] = entry.value }
        }
        return figures
    }

    package func cleanUp(_ plan: LoadPlan) throws(DriverError) {
        try withControl { (control) throws(DriverError) in
            for (classIndex, each) in plan.scenario.classes.enumerated() {
                for topic in 0..<each.topicCount {
                    let name = plan.topicName(classIndex: classIndex, topic: topic)
                    let _: EmptyReply = try control.ask(
                        DeleteTopicRequest(name: name), "delete topic \(name)")
                }
            }
        }
    }

    private func withControl(
        _ isInterrupted: @escaping @Sendable () -> Bool = { false },
        _ body: (inout ControlConnection) throws(DriverError) -> Void
    ) throws(DriverError) {
        var control = try ControlConnection.open(
            address, withinNanoseconds: connectNanoseconds, isInterrupted)
        try body(&control)
        control.close()
    }
}

extension CreateTopicRequest {
    /// A topic as a class of traffic wants it.
    fileprivate init(name: String, _ each: TrafficClass) {
        self.init(
            name: name, partitionCount: UInt32(each.partitionCount), durability: .volatile,
            retentionByteCount: UInt64(each.storage.retentionByteCount ?? 0))
        switch each.storage.durability {
        case .volatile: durability = .volatile
        case .os: durability = .os
        case .interval(let nanoseconds):
            durability = .interval
            durabilityIntervalMilliseconds = UInt32(clamping: nanoseconds / 1_000_000)
        case .sync: durability = .sync
        }
        if let byteCount = each.storage.segmentByteCount {
            settings = [TopicSetting("segment.bytes", "\(byteCount)")]
        }
    }
}
