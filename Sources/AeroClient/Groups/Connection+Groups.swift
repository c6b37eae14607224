// Joining consumer groups over a connection.

import AeroCore
import AeroWire

extension Connection {
    /// Joins a group, and is back once the group has given this member its place; partitions that
    /// others still have come later.
    ///
    /// - Parameters:
    ///   - group: The group's name; made by its first member.
    ///   - topics: What to consume; topics that do not exist yet join in once they do.
    ///   - options: Membership, position and flow.
    /// - Throws: `.invalidConfiguration`, `.brokerRefused` when mode or strategy are not the
    ///   group's or a limit is reached, `.corruptData` or `.systemFailure` for an offset file that
    ///   cannot be read, or why the broker cannot be asked.
    public func makeGroupConsumer(
        group: String, topics: [String], options: GroupConsumerOptions = GroupConsumerOptions()
    ) async throws(ClientError) -> GroupConsumer {
        let runtime = handle.runtime
        try options.validate(group: group, topics: topics, within: runtime.options)
        let store = try Self.openStore(options.mode, group: group)
        let id = runtime.makeId()
        let clientId = runtime.options.clientId
        let inbox = ConsumerInbox(acknowledgesPrevious: options.commit != .manual)
        let board = GroupEventBoard()
        let started = Outcome<Void>()
        do throws(ClientError) {
            try await runtime.ask(started) { loop in
                if let end = loop.end {
                    started.complete(.failure(end))
                    return
                }
                let consumer = GroupEngine(
                    id: id, group: group, topics: topics, clientId: clientId, options: options,
                    inbox: inbox, board: board, store: store, started: started,
                    startDeadlineNanoseconds: saturatingSum(
                        loop.nowNanoseconds, loop.runtime.options.requestTimeout.wholeNanoseconds))
                loop.groups[id] = consumer
                if loop.session.isReady { consumer.connected(loop) }
            }
        } catch {
            // It may be a member already.
            _ = runtime.tell { $0.removeGroup(id) }
            throw error
        }
        return GroupConsumer(
            handle, id: id, group: group, topics: topics, inbox: inbox, board: board)
    }

    private static func openStore(
        _ mode: ConsumptionMode, group: String
    ) throws(ClientError) -> LocalOffsetStore? {
        guard case .broadcasting(let path) = mode else { return nil }
        do throws(LocalOffsetStore.Failure) {
            return try LocalOffsetStore(path: path, group: group)
        } catch {
            throw error.clientError(path: path)
        }
    }
}

extension ConnectionLoop {
    /// Ends a member at once: what it has not committed comes again elsewhere.
    func removeGroup(_ id: Int) {
        guard let consumer = groups.removeValue(forKey: id) else { return }
        consumer.dropLanes(self)
        if !consumer.machine.memberId.isEmpty, consumer.options.instanceId == nil {
            // If it does not go out, the broker misses the member soon.
            _ = session.tell(
                LeaveGroupRequest(
                    group: consumer.group, memberId: consumer.machine.memberId),
                nowNanoseconds: nowNanoseconds)
        }
        consumer.finish(context.error(.closed, "the consumer is closed"))
    }
}
