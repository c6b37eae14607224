// Joining, staying, and what an assignment gives and takes.

import AeroCore
import AeroWire

extension GroupEngine {
    /// Does what the membership asks for.
    func advanceMembership(_ loop: ConnectionLoop) {
        // BOUND: each action but the last puts the machine into a state that waits.
        while let action = machine.nextAction(nowNanoseconds: loop.nowNanoseconds) {
            let isSent: Bool
            switch action {
            case .lose:
                lose(loop)
                continue
            case .join(let memberId):
                isSent = request(joinRequest(memberId), .join, loop)
            case .heartbeat(let memberId, let generation, let wait):
                isSent = request(
                    HeartbeatGroupRequest(
                        group: group, memberId: memberId, generation: generation,
                        maxWaitMilliseconds: wait), .heartbeat, loop)
            case .leave(let memberId):
                isSent = request(
                    LeaveGroupRequest(group: group, memberId: memberId), .leave, loop)
            }
            guard isSent else {
                // Too much is in flight.
                machine.requestFailed(
                    nowNanoseconds: loop.nowNanoseconds + Self.retryNanoseconds)
                return
            }
        }
    }

    private func joinRequest(_ memberId: String) -> JoinGroupRequest {
        JoinGroupRequest(
            group: group, memberId: memberId, instanceId: options.instanceId ?? "",
            clientId: clientId, machineRoom: options.machineRoom ?? "",
            sessionTimeoutMilliseconds: options.sessionTimeout.wholeMilliseconds,
            rebalanceTimeoutMilliseconds: options.rebalanceTimeout.wholeMilliseconds,
            strategy: options.strategy.onTheWire,
            mode: isBroadcasting ? .broadcasting : .clustering, topics: topics)
    }

    // MARK: - Answers

    func joined(_ payload: UnsafeRawBufferPointer, _ loop: ConnectionLoop) {
        let reply: JoinGroupReply
        do throws(WireError) {
            guard
                case .success(let found) = try Reply<JoinGroupReply>.decode(
                    in: payload, range: 0..<payload.count)
            else { return }
            reply = found
        } catch {
            finish(misunderstood(error, loop))
            return
        }
        machine.joined(reply)
        takeOn(reply, loop)
        started.complete(.success(()))
    }

    /// Begins with what is new and lets go of what is not in the assignment any more.
    private func takeOn(_ reply: JoinGroupReply, _ loop: ConnectionLoop) {
        var wanted: [TopicPartition: String] = [:]
        for topic in reply.assignment {
            for partition in topic.partitions {
                wanted[TopicPartition(topicId: topic.topicId, partition: partition)] = topic.topic
            }
        }
        for index in lanes.indices where lanes[index].release == .none {
            guard wanted.removeValue(forKey: lanes[index].partition) == nil else {
                continue
            }
            inbox.drop(lane: lanes[index].number)
            let patience = releasePatienceNanoseconds
            lanes[index].release = .waiting(
                untilNanoseconds: loop.nowNanoseconds + patience)
        }
        var added: [GroupPartition] = []
        for (partition, topic) in wanted.sorted(by: { $0.key < $1.key }) {
            let lane = GroupLane(number: makeLaneNumber(), topic: topic, partition: partition)
            lanes.append(lane)
            added.append(lane.name)
        }
        showAssignment()
        if !added.isEmpty || !started.isSettled {
            board.post(.assigned(added.sorted(), generation: Int(reply.generation)))
        }
        if nextCommitNanoseconds == .max, case .automatic(let interval) = options.commit {
            nextCommitNanoseconds = loop.nowNanoseconds + interval.wholeNanoseconds
        }
    }

    /// How long the application may finish a batch of a partition that was taken away: heartbeats
    /// wait for it, and the broker waits for them.
    private var releasePatienceNanoseconds: Int64 {
        min(
            options.sessionTimeout.wholeNanoseconds, options.rebalanceTimeout.wholeNanoseconds)
            / 2
    }

    func showAssignment() {
        board.set(assignment: lanes.filter { $0.release == .none }.map(\.name))
    }

    func membershipRefused(_ code: ErrorCode, _ message: String, _ loop: ConnectionLoop) {
        if let end = machine.refused(code, nowNanoseconds: loop.nowNanoseconds) {
            dropLanes(loop)
            finish(loop.context.refusal(end, message))
        }
    }

    /// The partitions may be somebody else's by now: nothing of them is given out any more.
    private func lose(_ loop: ConnectionLoop) {
        let names = lanes.map(\.name).sorted()
        dropLanes(loop)
        showAssignment()
        if !names.isEmpty { board.post(.lost(names)) }
    }

    // MARK: - Letting go

    /// Brings partitions that were taken away on their way out; tells the broker when all are free.
    func advanceReleases(_ loop: ConnectionLoop) {
        var released: [GroupPartition] = []
        for index in lanes.indices.reversed() {
            switch lanes[index].release {
            case .none: continue
            case .waiting(let time):
                let isInHand = inbox.isInHand(lane: lanes[index].number)
                guard !isInHand || loop.nowNanoseconds >= time else { continue }
                collectNotes()
                lanes[index].release = .committing
                if lanes[index].uncommittedOffset == nil || !commitsByItself {
                    lanes[index].release = .committed
                }
            case .committing:
                if lanes[index].uncommittedOffset == nil { lanes[index].release = .committed }
            case .committed: break
            }
            guard lanes[index].release == .committed else { continue }
            guard !lanes[index].isSubscribed, lanes[index].state != .unsubscribing else {
                if lanes[index].state == .live { lanes[index].state = .stale }
                continue
            }
            let lane = lanes.remove(at: index)
            inbox.forget(lane: lane.number)
            released.append(lane.name)
        }
        if !released.isEmpty { board.post(.revoked(released.sorted())) }
        if lanes.allSatisfy({ $0.release == .none }) {
            machine.released(nowNanoseconds: loop.nowNanoseconds)
        }
    }

    var commitsByItself: Bool {
        if case .automatic = options.commit { true } else { false }
    }
}

extension Duration {
    /// Whole milliseconds, as the wire counts timeouts; saturates.
    fileprivate var wholeMilliseconds: UInt32 {
        UInt32(clamping: wholeNanoseconds / 1_000_000)
    }
}
