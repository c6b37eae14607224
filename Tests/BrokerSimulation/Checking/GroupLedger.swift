// What a group of members has been given and has committed, held against the rules of groups.

import AeroWire
import FaultSupport

/// What all members of one group know together.
final class GroupLedger {
    /// A partition in one generation of one life of the broker.
    private struct Tenure: Hashable {
        let life: Int
        let generation: Int32
        let partition: TopicPartition
    }

    private let violate: (String) -> Void
    private var owners: [Tenure: String] = [:]
    /// Committed and answered: the group goes on there or behind it.
    private var settled: [PartitionName: Int64] = [:]
    /// Committed, whoever heard of it: the group goes on there or in front of it.
    private var offered: [PartitionName: Int64] = [:]
    /// How far any member has got.
    private var reached: [PartitionName: Int64] = [:]

    init(violate: @escaping (String) -> Void) { self.violate = violate }

    /// A member was told what it has.
    func assigned(
        _ partitions: [TopicPartition], to memberId: String, generation: Int32, life: Int
    ) {
        for partition in partitions {
            let tenure = Tenure(life: life, generation: generation, partition: partition)
            let owner = owners[tenure, default: memberId]
            owners[tenure] = memberId
            guard owner != memberId else { continue }
            violate(
                "partition \(partition.partition) of topic \(partition.topicId) is \(owner)'s and"
                    + " \(memberId)'s in generation \(generation)")
        }
    }

    /// A commit is on its way.
    func offer(_ name: PartitionName, _ offset: Int64) {
        offered[name] = max(offered[name] ?? 0, offset)
    }

    /// A commit was answered.
    func settle(_ name: PartitionName, _ offset: Int64) {
        settled[name] = max(settled[name] ?? 0, offset)
    }

    /// A member was shown everything below.
    func reach(_ name: PartitionName, _ offset: Int64) {
        reached[name] = max(reached[name] ?? 0, offset)
    }

    /// Whether some member was shown everything that anybody knows of.
    func isThrough(_ model: PartitionModel) -> Bool {
        guard let offset = reached[model.name] else { return false }
        return offset >= model.knownEnd
    }

    /// A member begins with a partition: behind what was committed, and no further.
    ///
    /// - Parameters:
    ///   - start: Where the broker has it begin.
    ///   - logStart: The first offset that the partition still has.
    ///   - mayForget: Whether the group's own log may have lost something.
    func begin(
        _ model: PartitionModel, at start: Int64, logStart: Int64, mayForget: Bool,
        _ member: String
    ) {
        reach(model.name, start)
        // Behind the end of a log that has lost records, positions mean nothing any more.
        guard !model.hasLost else { return }
        let least = mayForget ? 0 : settled[model.name] ?? 0
        let most = max(offered[model.name] ?? 0, logStart)
        guard start < least || start > most else { return }
        violate(
            "\(member) goes on at \(start) of \(model.name), of which the group has committed"
                + " \(least) for sure and \(most) at most")
    }
}
