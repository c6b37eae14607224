// What a simulated member does with the partitions that it has.

import AeroClient
import AeroCore
import AeroWire
import FaultSupport

extension MemberRole {
    private func index(_ number: UInt64) -> Int? { lanes.firstIndex { $0.number == number } }

    private func model(_ lane: MemberLane, _ client: SimulatedClient) -> PartitionModel {
        client.simulation.model(lane.name, plan.topics[lane.topic])
    }

    /// Subscribes, commits, pays, lets go.
    func advanceLanes(_ client: SimulatedClient) {
        let isCommitDue = client.nowNanoseconds >= nextCommitNanoseconds
        if isCommitDue {
            nextCommitNanoseconds = client.nowNanoseconds + random.drawTime(0...200_000_000)
        }
        for index in lanes.indices.reversed() {
            if isCommitDue || lanes[index].isLeaving { commit(index, client) }
            switch lanes[index].state {
            case .none where lanes[index].isLeaving: lanes.remove(at: index)
            case .none: subscribe(index, client)
            case .subscribed where lanes[index].isLeaving: letGo(index, client)
            case .subscribed: pay(index, client)
            case .asked, .ending: break
            }
        }
    }

    /// Ends all subscriptions at once; what is not committed comes again elsewhere.
    func dropLanes(_ client: SimulatedClient) {
        for lane in lanes where lane.state == .asked || lane.state == .subscribed {
            _ = client.session.tell(
                UnsubscribeRequest(subscriptionId: lane.subscriptionId),
                nowNanoseconds: client.nowNanoseconds)
        }
        lanes.removeAll()
    }

    private func subscribe(_ index: Int, _ client: SimulatedClient) {
        let lane = lanes[index]
        guard client.nowNanoseconds >= lane.notBeforeNanoseconds, isMember else { return }
        let request = SubscribeRequest(
            subscriptionId: nextSubscriptionId, topicId: lane.partition.topicId,
            partition: lane.partition.partition, group: Self.group, startKind: .committed,
            creditByteCount: UInt32(creditByteCount), acknowledgementMode: .manual,
            memberId: machine.memberId, generation: machine.generation)
        let admission = client.session.request(
            request, context: Self.laneContext + lane.number,
            nowNanoseconds: client.nowNanoseconds)
        guard case .admitted = admission else { return }
        lanes[index].subscriptionId = nextSubscriptionId
        lanes[index].state = .asked
        nextSubscriptionId += 1
    }

    private func commit(_ index: Int, _ client: SimulatedClient) {
        let lane = lanes[index]
        guard let offset = lane.uncommittedOffset, !lane.isCommitting, isMember else {
            return
        }
        let request = CommitOffsetsRequest(
            group: Self.group, memberId: machine.memberId, generation: machine.generation,
            offsets: [
                OffsetCommit(
                    topicId: lane.partition.topicId, partition: lane.partition.partition,
                    offset: offset)
            ])
        let admission = client.session.request(
            request, context: Self.laneContext + lane.number,
            nowNanoseconds: client.nowNanoseconds)
        guard case .admitted(let requestId) = admission else { return }
        ledger.offer(lane.name, offset)
        commits[requestId] = (lane.number, lane.name, offset)
        lanes[index].isCommitting = true
    }

    private func letGo(_ index: Int, _ client: SimulatedClient) {
        let lane = lanes[index]
        guard !lane.isCommitting, lane.uncommittedOffset == nil else { return }
        let admission = client.session.request(
            UnsubscribeRequest(subscriptionId: lane.subscriptionId),
            context: Self.laneContext + lane.number, nowNanoseconds: client.nowNanoseconds)
        if case .admitted = admission { lanes[index].state = .ending }
    }

    private func pay(_ index: Int, _ client: SimulatedClient) {
        let lane = lanes[index]
        guard lane.unpaidByteCount > 0, lane.unpaidByteCount >= creditByteCount / 4 else { return }
        let isTold = client.session.tell(
            CreditRequest(
                subscriptionId: lane.subscriptionId, byteCount: UInt32(lane.unpaidByteCount)),
            nowNanoseconds: client.nowNanoseconds)
        if isTold { lanes[index].unpaidByteCount = 0 }
    }

    // MARK: - Messages and answers

    func delivered(
        _ client: SimulatedClient, _ subscriptionId: UInt64, _ highWatermark: Int64,
        _ batches: UnsafeRawBufferPointer
    ) {
        let found = lanes.firstIndex {
            $0.subscriptionId == subscriptionId && $0.state == .subscribed && !$0.isLeaving
        }
        guard let index = found, let expected = lanes[index].nextOffset else { return }
        let next = client.simulation.checker.shown(
            batches, from: expected, highWatermark: highWatermark, model(lanes[index], client),
            client)
        guard let next else { return }
        lanes[index].nextOffset = next
        lanes[index].unpaidByteCount += batches.count
        ledger.reach(lanes[index].name, next)
    }

    func subscribed(
        _ client: SimulatedClient, _ request: PendingRequest, _ answer: SessionAnswer
    ) {
        guard let index = index(request.context - Self.laneContext),
            lanes[index].state == .asked
        else { return }
        switch answer {
        case .refused(let code, _):
            lanes[index].disconnected()
            lanes[index].notBeforeNanoseconds = client.nowNanoseconds + 50_000_000
            let expected: [ErrorCode] = [
                .groupPartitionTaken, .unknownTopic, .unknownMember, .memberFenced,
                .staleGeneration, .groupRebalancing, .unknownSubscription, .logFailed, .logDamaged,
            ]
            if !expected.contains(code), !code.isRetriable {
                client.simulation.violate("a member's subscribe was refused with \(code)")
            }
        case .success(let payload):
            client.decode(SubscribeReply.self, payload) { reply in
                let lane = lanes[index]
                lanes[index].state = .subscribed
                lanes[index].nextOffset = reply.startOffset
                lanes[index].committedOffset = reply.startOffset
                client.simulation.checker.transcript.consumerStarted(
                    client.number, lane.name, at: reply.startOffset)
                // The last words of a broker that has ended: what it had is not known any more.
                guard
                    let logStart = client.simulation.logStartOffset(
                        of: lane.name, in: client.brokerLife)
                else { return }
                ledger.begin(
                    model(lane, client), at: reply.startOffset, logStart: logStart,
                    mayForget: client.simulation.mayForgetAcknowledgements,
                    "member \(client.number)")
            }
        }
    }

    func unsubscribed(_ request: PendingRequest) {
        guard request.context >= Self.laneContext,
            let index = index(request.context - Self.laneContext), lanes[index].state == .ending
        else { return }
        lanes.remove(at: index)
    }

    func committed(
        _ client: SimulatedClient, _ request: PendingRequest, _ answer: SessionAnswer
    ) {
        guard let commit = commits.removeValue(forKey: request.id) else { return }
        var isStored = false
        if case .success(let payload) = answer {
            client.decode(CommitOffsetsReply.self, payload) { isStored = $0.codes == [.ok] }
        }
        let index = index(commit.lane)
        if let index { lanes[index].isCommitting = false }
        guard isStored else {
            // Whoever has the partition next begins where the group is.
            if let index, lanes[index].isLeaving {
                lanes[index].committedOffset = lanes[index].nextOffset
            }
            return
        }
        ledger.settle(commit.name, commit.offset)
        guard let index else { return }
        lanes[index].committedOffset = commit.offset
        guard lanes[index].state == .subscribed else { return }
        // A volatile topic keeps the rest in memory.
        _ = client.session.tell(
            AcknowledgeRequest(
                subscriptionId: lanes[index].subscriptionId, throughOffset: commit.offset - 1),
            nowNanoseconds: client.nowNanoseconds)
    }
}
