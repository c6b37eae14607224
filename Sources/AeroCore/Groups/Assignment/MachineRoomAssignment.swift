// Machine room: a partition goes to members of its own room, where there are any.

import AeroWire

/// Averagely within a room; partitions of rooms without members, and those in no room, averagely
/// among all. Source: RocketMQ, AllocateMachineRoomNearby.
internal enum MachineRoomAssignment {
    static func share(
        _ pool: PartitionPool, _ members: [AssignmentMember],
        into shares: inout [[TopicPartition]]
    ) {
        var local: [String: [Int]] = [:]
        for member in pool.candidates where !members[member].machineRoom.isEmpty {
            local[members[member].machineRoom, default: []].append(member)
        }
        let homeless = pool.places.filter { local[$0.machineRoom] == nil }
        for (room, residents) in local.sorted(by: { $0.key < $1.key }) {
            let places = pool.places.filter { $0.machineRoom == room }
            AverageAssignment.share(places, among: residents, into: &shares)
        }
        AverageAssignment.share(homeless, among: pool.candidates, into: &shares)
    }
}
