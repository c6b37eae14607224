// What an AeroMQ broker means by the words of a scenario: they were made for it.

import AeroLoad

extension TargetPromise {
    /// The promise of an AeroMQ broker for the messages of a class.
    init(ofAeroMQ each: TrafficClass) {
        let isAnswered = each.acknowledgement != .none
        self.init(
            durability: isAnswered ? each.storage.durability : nil,
            acknowledgement: isAnswered
                ? Self.acknowledgement(of: each.storage.durability)
                : "no answer: a message counts once the kernel has taken it",
            ordering: "of a producer's messages to a partition",
            groups: "each reads every partition once; its consumers share the partitions",
            batching: "record batches, which are stored and delivered as they were sent")
    }

    private static func acknowledgement(of durability: TopicStorage.Durability) -> String {
        switch durability {
        case .volatile: "answered when the batch is in the broker's memory"
        case .os: "answered when the batch is written to the log, in the page cache"
        case .interval: "answered as for os; the log is synced in the background"
        case .sync: "answered when a sync of the log covers the batch, many in one"
        }
    }
}
