// Storing offsets: now and then by itself, or when somebody asks for it.

import AeroCore
import AeroIO
import AeroWire

/// Somebody who waits for offsets to be stored.
struct PendingCommit {
    /// The first offset that is not worked off, by lane.
    let offsets: [Int: Int64]
    /// Beside each offset.
    let metadata: String
    let outcome: Outcome<Void>?
    let startNanoseconds: Int64
    let deadlineNanoseconds: Int64
}

/// A COMMIT_OFFSETS that is on its way.
struct CommitUnderWay {
    /// Lane and offset, in the order of the request.
    let offsets: [(lane: Int, offset: Int64)]
    let waiting: [PendingCommit]
}

extension GroupEngine {
    /// True while something is to be stored without anybody asking.
    var hasUncommitted: Bool {
        commitsByItself && lanes.contains { $0.uncommittedOffset != nil }
    }

    /// Whether there is anybody to store offsets.
    var canCommit: Bool { isBroadcasting || machine.isMember && machine.isConnected }

    // MARK: - Asking

    /// Stores everything that was taken, for a caller who waits.
    func commitTaken(_ outcome: Outcome<Void>, timeoutNanoseconds: Int64, _ loop: ConnectionLoop) {
        collectNotes()
        var offsets: [Int: Int64] = [:]
        for lane in lanes {
            if let taken = lane.takenOffset { offsets[lane.number] = taken }
        }
        commit(offsets, "", outcome, timeoutNanoseconds, loop)
    }

    /// Stores one offset, for a caller who waits.
    ///
    /// - Parameter offset: The first one that is not worked off.
    func commit(
        _ partition: GroupPartition, offset: Int64, metadata: String, _ outcome: Outcome<Void>,
        timeoutNanoseconds: Int64, _ loop: ConnectionLoop
    ) {
        guard let lane = lanes.first(where: { $0.name == partition }) else {
            outcome.complete(
                .failure(
                    loop.context.error(
                        .groupMembership, "\(partition) is not assigned to this consumer now")))
            return
        }
        guard offset <= lane.nextOffset ?? 0 else {
            outcome.complete(
                .failure(
                    loop.context.error(
                        .offsetOutOfRange, "offset \(offset - 1) has not been received yet")))
            return
        }
        commit([lane.number: offset], metadata, outcome, timeoutNanoseconds, loop)
    }

    private func commit(
        _ offsets: [Int: Int64], _ metadata: String, _ outcome: Outcome<Void>,
        _ timeoutNanoseconds: Int64, _ loop: ConnectionLoop
    ) {
        guard !offsets.isEmpty else {
            outcome.complete(.success(()))
            return
        }
        pendingCommits.append(
            PendingCommit(
                offsets: offsets, metadata: metadata, outcome: outcome,
                startNanoseconds: loop.nowNanoseconds,
                deadlineNanoseconds: saturatingSum(loop.nowNanoseconds, timeoutNanoseconds)))
    }

    // MARK: - Sending

    /// Stores what somebody waits for, what is due, and what partitions on their way out have.
    func pumpCommits(_ loop: ConnectionLoop) {
        guard commitUnderWay == nil, commitNotBeforeNanoseconds <= loop.nowNanoseconds else {
            return
        }
        var offsets: [Int: Int64] = [:]
        let isDue = loop.nowNanoseconds >= nextCommitNanoseconds || closing != nil
        if commitsByItself {
            for lane in lanes where isDue || lane.release == .committing {
                offsets[lane.number] = lane.uncommittedOffset
            }
            if isDue { scheduleNextCommit(loop) }
        }
        for waiting in pendingCommits { offsets.merge(waiting.offsets) { max($0, $1) } }
        let known = offsets.filter { index(ofLane: $0.key) != nil }.sorted { $0.key < $1.key }
        guard !known.isEmpty else {
            forsakePending(loop)
            return
        }
        if isBroadcasting {
            saveOffsets(known, loop)
        } else if canCommit {
            sendCommit(known, loop)
        }
    }

    private func scheduleNextCommit(_ loop: ConnectionLoop) {
        guard case .automatic(let interval) = options.commit else { return }
        nextCommitNanoseconds = saturatingSum(loop.nowNanoseconds, interval.wholeNanoseconds)
    }

    /// Their partitions were lost meanwhile.
    private func forsakePending(_ loop: ConnectionLoop) {
        for waiting in pendingCommits {
            waiting.outcome?.complete(
                .failure(
                    loop.context.error(
                        .groupMembership, "the partition is not this consumer's any more")))
        }
        pendingCommits = []
    }

    private func sendCommit(_ offsets: [(key: Int, value: Int64)], _ loop: ConnectionLoop) {
        let commits = offsets.compactMap { number, offset -> OffsetCommit? in
            guard let index = index(ofLane: number) else { return nil }
            let note = pendingCommits.last { $0.offsets[number] == offset }?.metadata
            return OffsetCommit(
                topicId: lanes[index].partition.topicId,
                partition: lanes[index].partition.partition, offset: offset,
                metadata: note ?? "")
        }
        let payload = CommitOffsetsRequest(
            group: group, memberId: machine.memberId, generation: machine.generation,
            offsets: commits)
        guard request(payload, .commit, loop) else {
            commitNotBeforeNanoseconds = loop.nowNanoseconds + Self.retryNanoseconds
            return
        }
        commitUnderWay = CommitUnderWay(
            offsets: offsets.map { (lane: $0.key, offset: $0.value) }, waiting: pendingCommits)
        pendingCommits = []
    }

    /// Stores the offsets of a broadcasting member in its file. This is a small file and seldom
    /// written, so the connection's thread can wait for the disk.
    private func saveOffsets(_ offsets: [(key: Int, value: Int64)], _ loop: ConnectionLoop) {
        for (number, offset) in offsets {
            guard let index = index(ofLane: number) else { continue }
            store?.set(storeKey(of: lanes[index]), offset)
        }
        let waiting = pendingCommits
        pendingCommits = []
        do throws(Errno) {
            try store?.save()
        } catch {
            let failure = loop.context.error(
                .systemFailure,
                "the offset file \(store?.path ?? "") cannot be written: \(error)")
            settle(waiting, .failure(failure))
            endCommitting()
            return
        }
        for (number, offset) in offsets { noteCommitted(number, offset) }
        settle(waiting, .success(()))
    }

    // MARK: - Answers

    func committed(_ payload: UnsafeRawBufferPointer, _ loop: ConnectionLoop) {
        guard let sent = commitUnderWay else { return }
        commitUnderWay = nil
        let codes: [ErrorCode]
        do throws(WireError) {
            guard
                case .success(let reply) = try Reply<CommitOffsetsReply>.decode(
                    in: payload, range: 0..<payload.count)
            else { return }
            codes = reply.codes
        } catch {
            finish(misunderstood(error, loop))
            return
        }
        var refused: ErrorCode?
        for (commit, code) in zip(sent.offsets, codes) {
            if code == .ok {
                noteCommitted(commit.lane, commit.offset)
            } else {
                refused = refused ?? code
            }
        }
        endCommitting()
        guard let refused else {
            settle(sent.waiting, .success(()))
            return
        }
        settle(sent.waiting, .failure(loop.context.refusal(refused, "")))
    }

    func commitRefused(_ code: ErrorCode, _ message: String, _ loop: ConnectionLoop) {
        guard let sent = commitUnderWay else { return }
        commitUnderWay = nil
        switch code {
        case .staleGeneration, .groupRebalancing, .coordinatorLoading:
            // A new assignment has crossed it: it goes out again under that, if it still may.
            pendingCommits = sent.waiting + pendingCommits
            commitNotBeforeNanoseconds = loop.nowNanoseconds + Self.retryNanoseconds
        default:
            settle(sent.waiting, .failure(loop.context.refusal(code, message)))
            endCommitting()
        }
    }

    /// Nobody knows whether it was stored; to store twice is to store once.
    func commitLost(_ error: ClientError, _ loop: ConnectionLoop) {
        guard let sent = commitUnderWay else { return }
        commitUnderWay = nil
        if error.code == .connectionLost, self.error == nil {
            pendingCommits = sent.waiting + pendingCommits
        } else {
            settle(sent.waiting, .failure(error))
            endCommitting()
        }
    }

    private func noteCommitted(_ number: Int, _ offset: Int64) {
        guard let index = index(ofLane: number) else { return }
        lanes[index].committedOffset = offset
        lanes[index].baseOffset = offset
        // What is not worked off after a step back is not worked off.
        if lanes[index].processedOffset ?? offset < offset {
            lanes[index].processedOffset = offset
        }
    }

    /// A partition on its way out does not wait for another attempt.
    private func endCommitting() {
        for index in lanes.indices where lanes[index].release == .committing {
            lanes[index].release = .committed
        }
    }

    private func settle(_ waiting: [PendingCommit], _ result: Result<Void, ClientError>) {
        for commit in waiting { commit.outcome?.complete(result) }
        if case .failure(let error) = result, waiting.isEmpty {
            board.post(.commitFailed(error))
        }
    }

    /// Gives up commits whose time is over.
    func expireCommits(_ loop: ConnectionLoop) {
        let now = loop.nowNanoseconds
        guard pendingCommits.contains(where: { $0.deadlineNanoseconds <= now }) else { return }
        for waiting in pendingCommits where waiting.deadlineNanoseconds <= now {
            waiting.outcome?.complete(
                .failure(
                    loop.context.error(
                        .timedOut, "the group could not be asked in time to store offsets",
                        elapsedNanoseconds: now - waiting.startNanoseconds)))
        }
        pendingCommits.removeAll { $0.deadlineNanoseconds <= now }
    }

    /// Everybody who waits for a commit.
    func takeCommits() -> [PendingCommit] {
        defer {
            pendingCommits = []
            commitUnderWay = nil
        }
        return (commitUnderWay?.waiting ?? []) + pendingCommits
    }
}
