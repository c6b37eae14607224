// The orderly end of a group consumer: commit, let go, leave.

import AeroCore
import AeroWire

/// An end that is under way.
struct GroupClosing {
    let outcome: Outcome<Void>
    let deadlineNanoseconds: Int64
    var hasCommitted = false
}

extension GroupEngine {
    /// Begins to end: everything that was taken counts as worked off where commits are automatic.
    func beginClosing(_ outcome: Outcome<Void>, _ loop: ConnectionLoop) {
        guard closing == nil, error == nil else {
            if error != nil { loop.groups[id] = nil }
            outcome.complete(.success(()))
            return
        }
        collectNotes()
        if commitsByItself {
            for index in lanes.indices {
                lanes[index].processedOffset =
                    lanes[index].takenOffset ?? lanes[index].processedOffset
            }
        }
        closing = GroupClosing(
            outcome: outcome,
            deadlineNanoseconds: saturatingSum(
                loop.nowNanoseconds, loop.runtime.options.closeTimeout.wholeNanoseconds))
    }

    /// One step further towards the end, which comes at the deadline at the latest.
    func advanceClosing(_ loop: ConnectionLoop) {
        guard let closing else { return }
        let isOver = loop.nowNanoseconds >= closing.deadlineNanoseconds
        if !closing.hasCommitted {
            let isDone = commitUnderWay == nil && pendingCommits.isEmpty && !hasUncommitted
            guard isDone || isOver else { return }
            self.closing?.hasCommitted = true
            dropLanes(loop)
            showAssignment()
            machine.stop(isOrderly: true)
            advanceMembership(loop)
        }
        guard machine.hasEnded || isOver else { return }
        loop.groups[id] = nil
        finish(loop.context.error(.closed, "the consumer is closed"))
    }
}
