// What time brings: rebalances that are due, members that are not heard of.

package import AeroWire

extension GroupCoordinator {
    /// Does what is due.
    ///
    /// Time is `nextDueNanoseconds` or later, or nothing happens.
    package mutating func tick(at time: GroupTime) {
        guard time.nanoseconds >= nextDueNanoseconds else { return }
        nextDueNanoseconds = .max
        for group in groups {
            removeOverdue(group, time)
            answerDueHeartbeats(group, time)
            if group.rebalanceAtNanoseconds <= time.nanoseconds { rebalance(group, time) }
            noteDue(group)
        }
    }

    /// The broker stops: whoever waits is answered.
    package mutating func answerEverythingParked(_ code: ErrorCode) {
        for group in groups {
            for index in group.members.indices {
                let member = group.members[index]
                if let origin = member.parkedJoin { answer(origin, .joinGroup, .refused(code)) }
                if let heartbeat = member.parkedHeartbeat {
                    answer(heartbeat.origin, .heartbeatGroup, .refused(code))
                }
                group.update(index) { member in
                    member.parkedJoin = nil
                    member.parkedHeartbeat = nil
                }
            }
        }
    }

    /// Removes members that were silent, or have not taken a new assignment on, for too long.
    private mutating func removeOverdue(_ group: ConsumerGroup, _ time: GroupTime) {
        for index in group.members.indices.reversed() {
            let member = group.members[index]
            let deadline = min(
                member.sessionDeadlineNanoseconds, member.rebalanceDeadlineNanoseconds)
            guard deadline <= time.nanoseconds else { continue }
            remove(index, from: group, .unknownMember, time)
        }
    }

    private mutating func answerDueHeartbeats(_ group: ConsumerGroup, _ time: GroupTime) {
        for index in group.members.indices {
            guard let heartbeat = group.members[index].parkedHeartbeat,
                heartbeat.deadlineNanoseconds <= time.nanoseconds
            else { continue }
            group.update(index) { $0.parkedHeartbeat = nil }
            answer(heartbeat.origin, .heartbeatGroup, .done)
        }
    }

    /// Keeps `nextDueNanoseconds` from passing over what a group waits for.
    mutating func noteDue(_ group: ConsumerGroup) {
        var due = min(nextDueNanoseconds, group.rebalanceAtNanoseconds)
        for member in group.members {
            due = min(
                due, member.sessionDeadlineNanoseconds, member.rebalanceDeadlineNanoseconds)
            if let heartbeat = member.parkedHeartbeat {
                due = min(due, heartbeat.deadlineNanoseconds)
            }
        }
        nextDueNanoseconds = due
    }
}
