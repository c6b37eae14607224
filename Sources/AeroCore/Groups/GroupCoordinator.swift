// The coordinator of the groups of one partition of the internal topic.

import AeroMemory
package import AeroWire

/// Who is a member of which group, who consumes what, and how far groups have got.
///
/// Pure: no I/O and no clock. Requests and time come in, actions come out of `nextAction`, which is
/// to be drained after every call. Facets: `+Membership` (join, heartbeat, leave), `+Rebalance`
/// (sharing out and handing over), `+Offsets` (commit, fetch), `+Administration` (list, describe,
/// delete, topics), `+Time`.
///
/// A rebalance is cooperative: members keep consuming what stays theirs. When partitions are shared
/// out anew, the generation goes up, and every member is told so by the answer to its heartbeat. It
/// joins again, which hands it those of its partitions that nobody else holds; commits and
/// unsubscribes what it lost; and says so by its next heartbeat, which sets that free for others.
/// Nobody is given a partition that another member may still be consuming. A member that has not
/// let go within its rebalance timeout is removed, and its subscriptions are ended for it.
package struct GroupCoordinator: ~Copyable {
    /// An append under way, and what its end brings about.
    enum PendingAppend {
        case commit(RequestOrigin, [ErrorCode], [GroupRecord])
        case generation(group: String)
        case deletion(RequestOrigin, group: String)
        /// Nobody waits.
        case silent([GroupRecord])
    }

    let limits: GroupLimits
    /// Sets the member ids of this coordinator apart from those of the broker's earlier lives.
    private let epoch: UInt64
    private var nextMember: UInt64 = 1
    private var nextTicket: UInt64 = 1
    private var byName: [String: ConsumerGroup] = [:]
    /// The groups in the order in which they came.
    private(set) var groups: [ConsumerGroup] = []
    // BOUND: drained by the caller after every event.
    private var actions = FIFO<GroupAction>()
    // BOUND: requests in flight, and one a group.
    private var appends: [UInt64: PendingAppend] = [:]
    /// When `tick` has something to do next; may be too early, never too late.
    package internal(set) var nextDueNanoseconds = Int64.max

    /// - Parameters:
    ///   - limits: Bounds and times.
    ///   - epoch: Different for every life of the broker; any number will do.
    package init(limits: GroupLimits, epoch: UInt64) {
        self.limits = limits
        self.epoch = epoch
    }

    /// The next thing to do; nil when all is done.
    package mutating func nextAction() -> GroupAction? { actions.popFirst() }

    mutating func act(_ action: GroupAction) { actions.append(action) }

    mutating func answer(_ origin: RequestOrigin, _ command: Command, _ answer: GroupAnswer) {
        act(.answer(origin, command, answer))
    }

    /// A name for a new member, unique over all lives of the broker.
    mutating func makeMemberId(_ clientId: String) -> String {
        defer { nextMember += 1 }
        let name = clientId.isEmpty ? "member" : String(clientId.prefix(40))
        return "\(name)-\(String(epoch, radix: 16))-\(nextMember)"
    }

    // MARK: - Groups

    func group(_ name: String) -> ConsumerGroup? { byName[name] }

    /// The group of this name, made if need be.
    ///
    /// - Throws: `.tooManyGroups`.
    mutating func groupOrNew(_ name: String) throws(ErrorCode) -> ConsumerGroup {
        if let known = byName[name] { return known }
        if groups.count >= limits.groupCountMax {
            // One that has neither members nor offsets has only its generation to lose.
            guard let idle = groups.first(where: { $0.members.isEmpty && $0.offsets.isEmpty })
            else { throw .tooManyGroups }
            append([.group(idle.name, nil)], .silent([]))
            remove(idle)
        }
        return make(name)
    }

    private mutating func make(_ name: String) -> ConsumerGroup {
        let group = ConsumerGroup(name: name)
        byName[name] = group
        groups.append(group)
        return group
    }

    mutating func remove(_ group: ConsumerGroup) {
        byName[group.name] = nil
        groups.removeAll { $0 === group }
    }

    // MARK: - The log

    /// Takes over a record that the log has, oldest first; before anything else happens.
    package mutating func restore(_ record: GroupRecord) {
        let group = byName[record.group] ?? make(record.group)
        switch record {
        case .offset(_, let partition, let entry): group.offsets[partition] = entry
        case .group(_, let metadata?):
            group.generation = max(group.generation, metadata.generation)
            group.mode = metadata.mode
            group.strategy = metadata.strategy
        case .group(_, nil):
            if group.offsets.isEmpty { remove(group) } else { group.generation = 0 }
        }
    }

    @discardableResult
    mutating func append(_ records: [GroupRecord], _ pending: PendingAppend) -> UInt64 {
        let ticket = nextTicket
        nextTicket += 1
        appends[ticket] = pending
        act(.append(ticket: ticket, records))
        return ticket
    }

    /// The records of an append stand in the log: they count from now on.
    package mutating func stored(_ ticket: UInt64) {
        switch appends[ticket] {
        case .commit(_, _, let records), .silent(let records): apply(records)
        case .deletion(_, let name):
            if let group = byName[name] { remove(group) }
            act(.forget(group: name))
        case .generation, nil: break
        }
    }

    /// The records of an append are as durable as the log promises.
    package mutating func durable(_ ticket: UInt64) {
        switch appends.removeValue(forKey: ticket) {
        case .commit(let origin, let codes, _):
            answer(origin, .commitOffsets, .committed(codes))
        case .deletion(let origin, _): answer(origin, .deleteGroup, .done)
        case .generation(let name): announce(name, ticket)
        case .silent, nil: break
        }
    }

    /// An append was refused, or can no longer become durable.
    package mutating func refused(_ ticket: UInt64, _ code: ErrorCode) {
        switch appends.removeValue(forKey: ticket) {
        case .commit(let origin, let codes, _):
            answer(origin, .commitOffsets, .committed(codes.map { $0 == .ok ? code : $0 }))
        case .deletion(let origin, _): answer(origin, .deleteGroup, .refused(code))
        // A full disk must not keep a group from consuming what is there to be read. What is at
        // stake is little: members of an earlier life are told apart by their ids anyway.
        case .generation(let name): announce(name, ticket)
        case .silent, nil: break
        }
    }

    /// Offsets count from now on.
    mutating func apply(_ records: [GroupRecord]) {
        for case .offset(let name, let partition, let entry) in records {
            byName[name]?.offsets[partition] = entry
        }
    }

    private mutating func announce(_ name: String, _ ticket: UInt64) {
        guard let group = byName[name], group.generationTicket == ticket else { return }
        group.isGenerationDurable = true
        tellNews(group)
    }
}
