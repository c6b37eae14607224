// Where each consumer group stands in one partition, and what that keeps in memory.

import AeroWire

/// A group's position in one partition.
internal struct GroupPosition {
    let name: String
    /// Everything below is acknowledged; nil before the first subscription.
    var committedOffset: Int64?
    /// Whether the group's coordinator is to be told of it.
    var isToBeCommitted = false
}

extension PartitionStateMachine {
    /// How many groups have a position here.
    package var groupCount: Int { groups.count }

    /// Everything below was acknowledged by every live subscription and by every group that has a
    /// position: it may be released at once. Where nobody ever subscribed, nothing is settled.
    package var settledOffset: Int64 {
        guard liveSubscriptionCount > 0 || !groups.isEmpty else { return 0 }
        return groups.reduce(pinnedOffset) { min($0, $1.committedOffset ?? $0) }
    }

    /// Everything below is pinned by no live consumer: it may be released when room is needed.
    ///
    /// A live subscription pins what it has not acknowledged, so a slow consumer holds producers
    /// back rather than losing messages. A group without a live consumer keeps its data only as
    /// long as the partition's byte limit allows, so a dead one cannot stop the producers.
    package var pinnedOffset: Int64 {
        var lowest = highWatermark
        for case let subscription? in subscriptions {
            lowest = min(lowest, subscription.acknowledgedOffset)
        }
        return lowest
    }

    /// Where groups of consumers that have not joined have got to since the last call.
    package mutating func takeAcknowledgements() -> [(group: String, offset: Int64)] {
        var taken: [(group: String, offset: Int64)] = []
        hasAcknowledgements = false
        for index in groups.indices where groups[index].isToBeCommitted {
            groups[index].isToBeCommitted = false
            guard let offset = groups[index].committedOffset else { continue }
            taken.append((groups[index].name, offset))
        }
        return taken
    }

    /// Forgets where a group stands, unless it has a subscription here.
    package mutating func forget(group name: String) {
        guard let index = groups.firstIndex(where: { $0.name == name }),
            !subscriptions.contains(where: { $0?.groupIndex == index })
        else { return }
        forget(index)
    }

    private mutating func forget(_ index: Int) {
        groups.remove(at: index)
        for slot in subscriptions.indices {
            guard let later = subscriptions[slot]?.groupIndex, later > index else { continue }
            subscriptions[slot]?.groupIndex = later - 1
        }
    }

    internal mutating func groupIndex(named name: String) throws(ErrorCode) -> Int {
        if let known = groups.firstIndex(where: { $0.name == name }) { return known }
        if groups.count >= limits.groupCountMax {
            guard forgetsIdleGroups, let idle = firstIdleGroup else { throw .tooManyGroups }
            forget(idle)
        }
        groups.append(GroupPosition(name: name))
        return groups.count - 1
    }

    /// The group that is here for the longest of those without a consumer, of whose position its
    /// coordinator has heard.
    private var firstIdleGroup: Int? {
        var live: Set<Int> = []
        for case let subscription? in subscriptions {
            if let group = subscription.groupIndex { live.insert(group) }
        }
        return groups.indices.first { !groups[$0].isToBeCommitted && !live.contains($0) }
    }
}
