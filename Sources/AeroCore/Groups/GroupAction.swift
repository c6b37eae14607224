// What a coordinator wants done.

package import AeroWire

/// What the shard of a coordinator is to carry out, in the order of the actions.
package enum GroupAction: Equatable, Sendable {
    /// Answer a request.
    case answer(RequestOrigin, Command, GroupAnswer)
    /// Append records to the coordinator's log. The coordinator must hear of the outcome, by
    /// `stored` or `refused`, before anything else happens to it; then of `durable`.
    case append(ticket: UInt64, [GroupRecord])
    /// End the subscription that a member has to a partition, wherever it is: the partition is
    /// another's now.
    case endSubscription(group: String, memberId: String, TopicPartition)
    /// A group was deleted: partitions need not remember it.
    case forget(group: String)
}

/// An answer to a request of a group.
package enum GroupAnswer: Equatable, Sendable {
    /// Done, and nothing to say.
    case done
    /// The member's place.
    case joined(JoinGroupReply)
    /// One code an offset.
    case committed([ErrorCode])
    /// Not done.
    case refused(ErrorCode)
}

/// What a coordinator says to somebody who wants to subscribe for a group.
package enum SubscriptionAdmission: Equatable, Sendable {
    /// It may. The committed offset, or nil when there is none.
    case admitted(committedOffset: Int64?)
    /// It may not.
    case refused(ErrorCode)
}
