// What is drawn at random for each message of a class.

/// The draws of one class, shared by its producers on a worker.
@usableFromInline package final class MessageDraws: Sendable {
    let sizes: SizeSampler
    /// Nil where keys are not drawn.
    let keys: KeySampler?
    private let topicCount: Int64
    private let partitionCount: Int

    /// The draws of a class of `scenario`.
    package init(_ scenario: Scenario, classIndex: Int) {
        let each = scenario.classes[classIndex]
        let seed = ArrivalSchedule.classSeed(scenarioSeed: scenario.seed, classIndex: classIndex)
        sizes = SizeSampler(each.messageSize, seed: seed)
        keys = each.keys.areDrawn ? KeySampler(each.keys, seed: seed) : nil
        topicCount = Int64(each.topicCount)
        partitionCount = each.partitionCount
    }

    /// Whether anything is drawn at all.
    var isNeeded: Bool { sizes.isVarying || keys != nil }

    /// The topic-partition of message `index`: topics in turn, the partition by the key.
    func destination(ofKey key: UInt64, index: Int64) -> Int {
        Int(index % topicCount) * partitionCount
            + KeyHash.partition(ofKey: key, count: partitionCount)
    }
}
