// The broker's numbers for the topics of a run.

import AeroLoad
import Synchronization

/// Topic ids by class, found once in `prepare` and read by every worker.
final class TopicTable: Sendable {
    private let idsByClass = Mutex<[Int: [UInt32]]>([:])

    func set(_ ids: [UInt32], classIndex: Int) {
        idsByClass.withLock { $0[classIndex] = ids }
    }

    /// By class and topic.
    func ids(_ plan: LoadPlan) -> [[UInt32]] {
        idsByClass.withLock { ids in
            plan.scenario.classes.indices.map { ids[$0] ?? [] }
        }
    }
}
