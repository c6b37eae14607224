// The group consumer's rules, run by the I/O thread.

import AeroCore
import AeroMemory
import AeroWire

/// One member of a group: what it is assigned, where it stands, what it has to commit. The I/O
/// thread owns it.
///
/// Facets: `+Membership` (joining, heartbeats, assignments), `+Lanes` (subscriptions and
/// deliveries), `+Commits` (offsets), `+Closing`.
final class GroupEngine {
    let id: Int
    let group: String
    let topics: [String]
    let options: GroupConsumerOptions
    let clientId: String
    let inbox: ConsumerInbox
    let board: GroupEventBoard
    var machine: GroupMembershipStateMachine
    /// In the order in which they were assigned.
    var lanes: [GroupLane] = []
    private var nextLane = 0
    /// The offsets of a broadcasting member.
    var store: LocalOffsetStore?
    /// Completed by the first assignment, or with why there is none.
    let started: Outcome<Void>
    private let startDeadlineNanoseconds: Int64
    private(set) var error: ClientError?

    /// Commits that somebody waits for, oldest first.
    // BOUND: callers under way.
    var pendingCommits: [PendingCommit] = []
    var commitUnderWay: CommitUnderWay?
    /// When a commit that was refused may be tried again.
    var commitNotBeforeNanoseconds: Int64 = 0
    var nextCommitNanoseconds: Int64 = .max
    var closing: GroupClosing?

    /// How long a refused or starved partition rests.
    static let retryNanoseconds: Int64 = 50_000_000

    init(
        id: Int, group: String, topics: [String], clientId: String,
        options: GroupConsumerOptions, inbox: ConsumerInbox, board: GroupEventBoard,
        store: LocalOffsetStore?, started: Outcome<Void>, startDeadlineNanoseconds: Int64
    ) {
        self.id = id
        self.group = group
        self.topics = topics
        self.clientId = clientId
        self.options = options
        self.inbox = inbox
        self.board = board
        self.store = store
        self.started = started
        self.startDeadlineNanoseconds = startDeadlineNanoseconds
        machine = GroupMembershipStateMachine(
            sessionTimeoutNanoseconds: options.sessionTimeout.wholeNanoseconds,
            isStatic: options.instanceId != nil)
    }

    var isBroadcasting: Bool { store != nil }

    /// What one partition may have on its way and waiting.
    var laneBounds: FlowBounds {
        FlowBounds(
            windowByteCount: options.receiveWindow, recordCountMax: options.maximumQueuedRecords,
            laneCount: lanes.count { $0.release == .none })
    }

    /// A name for a lane, unique while the consumer lives.
    func makeLaneNumber() -> Int {
        defer { nextLane += 1 }
        // Subscription ids have 32 bits for it.
        return nextLane & 0xFFFF_FFFF
    }

    func index(ofLane number: Int) -> Int? { lanes.firstIndex { $0.number == number } }

    func index(of partition: GroupPartition) -> Int? {
        lanes.firstIndex { $0.name == partition && $0.release == .none }
    }

    // MARK: - Connection

    /// The connection is (again) there.
    func connected(_ loop: ConnectionLoop) {
        machine.connected(nowNanoseconds: loop.nowNanoseconds)
    }

    /// The connection is gone, and with it all subscriptions.
    func disconnected() {
        machine.disconnected()
        for index in lanes.indices { lanes[index].disconnected() }
    }

    // MARK: - Turns

    func turn(_ loop: ConnectionLoop) {
        inbox.expire(nowNanoseconds: loop.nowNanoseconds)
        collectNotes()
        expireCommits(loop)
        guard error == nil else { return }
        guard started.isSettled || loop.nowNanoseconds < startDeadlineNanoseconds else {
            finish(loop.context.error(.timedOut, "the group did not answer in time"))
            return
        }
        advanceMembership(loop)
        advanceReleases(loop)
        pumpCommits(loop)
        advanceClosing(loop)
        guard loop.session.isReady, error == nil else { return }
        let isWanted = options.delivery == .push || inbox.isAwaited
        for index in lanes.indices { advanceLane(index, isWanted: isWanted, loop) }
    }

    /// When `turn` has something to do that no event announces.
    var nextDueNanoseconds: Int64 {
        var due = inbox.nextDeadlineNanoseconds
        guard error == nil else { return due }
        due = min(due, machine.nextDueNanoseconds, closing?.deadlineNanoseconds ?? .max)
        if !started.isSettled { due = min(due, startDeadlineNanoseconds) }
        for lane in lanes {
            if case .detached(let notBefore) = lane.state, notBefore > 0, mayConsume(lane) {
                due = min(due, notBefore)
            }
            if case .waiting(let time) = lane.release { due = min(due, time) }
        }
        for waiting in pendingCommits { due = min(due, waiting.deadlineNanoseconds) }
        if commitUnderWay == nil, canCommit {
            if !pendingCommits.isEmpty { due = min(due, commitNotBeforeNanoseconds) }
            if hasUncommitted { due = min(due, nextCommitNanoseconds) }
        }
        return due
    }

    /// Whether a lane is ours to subscribe.
    func mayConsume(_ lane: GroupLane) -> Bool {
        lane.release == .none && closing == nil && machine.isMember && machine.isConnected
    }

    /// Takes over what the application has left.
    func collectNotes() {
        guard let notes = inbox.collectNotes() else { return }
        for (number, taken) in notes.taken {
            guard let index = index(ofLane: number) else { continue }
            lanes[index].flow.noteTaken(taken)
            guard taken.throughOffset >= 0 else { continue }
            lanes[index].takenOffset = max(
                lanes[index].takenOffset ?? 0, taken.throughOffset + 1)
        }
        for (number, offset) in notes.acknowledged {
            guard let index = index(ofLane: number) else { continue }
            lanes[index].processedOffset = max(lanes[index].processedOffset ?? 0, offset + 1)
        }
    }

    /// Sends a request of this consumer; false when the session does not take it now.
    func request(
        _ payload: some RequestPayload, _ kind: GroupRequest, _ loop: ConnectionLoop
    ) -> Bool {
        let context = loop.register(.group(self, kind))
        let admission = loop.session.request(
            payload, context: context, nowNanoseconds: loop.nowNanoseconds)
        if case .admitted = admission { return true }
        loop.requests[context] = nil
        return false
    }

    func misunderstood(_ cause: WireError, _ loop: ConnectionLoop) -> ClientError {
        loop.context.error(
            .protocolViolation, "the broker's answer is not understood: \(cause)")
    }

    // MARK: - Answers

    func answered(_ request: GroupRequest, _ answer: SessionAnswer, _ loop: ConnectionLoop) {
        switch (request, answer) {
        case (.join, .success(let payload)): joined(payload, loop)
        case (.join, .refused(let code, let message)),
            (.heartbeat, .refused(let code, let message)):
            membershipRefused(code, message, loop)
        case (.heartbeat, .success):
            machine.heartbeatAnswered(nowNanoseconds: loop.nowNanoseconds)
        case (.leave, _): machine.left()
        case (.commit, .success(let payload)): committed(payload, loop)
        case (.commit, .refused(let code, let message)): commitRefused(code, message, loop)
        case (.subscribe(let lane), .success(let payload)): subscribed(lane, payload, loop)
        case (.subscribe(let lane), .refused(let code, let message)):
            subscribeRefused(lane, code, message, loop)
        case (.unsubscribe(let lane), .refused(.unknownTopic, _)):
            if let index = index(ofLane: lane) { noteTopicGone(index) }
            unsubscribed(lane, loop)
        case (.unsubscribe(let lane), _): unsubscribed(lane, loop)
        }
    }

    func failed(_ request: GroupRequest, _ error: ClientError, _ loop: ConnectionLoop) {
        switch request {
        case .join, .heartbeat, .leave:
            machine.requestFailed(nowNanoseconds: loop.nowNanoseconds)
        case .commit: commitLost(error, loop)
        case .subscribe(let number), .unsubscribe(let number):
            // What a late answer would mean is not known: the subscription is made anew.
            guard error.code == .timedOut, let index = index(ofLane: number) else { return }
            lanes[index].state = .stale
        }
    }

    /// Ends the consumer; whoever waits hears why.
    func finish(_ error: ClientError) {
        guard self.error == nil else { return }
        self.error = error
        machine.stop(isOrderly: false)
        started.complete(.failure(error))
        inbox.fail(error, keepsChunks: false)
        for waiting in takeCommits() { waiting.outcome?.complete(.failure(error)) }
        closing?.outcome.complete(.success(()))
        closing = nil
        board.close()
    }
}
