// What the producers of a class have in common.

/// When the messages of a class are due, and what is drawn for each: schedule, sizes and keys.
///
/// Made once for a worker, before the start is agreed on: tables of keys and profiles of rates take
/// time and memory, and there may be thousands of producers.
@usableFromInline package final class MessageSource: Sendable {
    /// Nil where the target sets the pace.
    let schedule: ArrivalSchedule?
    let sizes: SizeSampler
    /// Nil where keys are not drawn.
    let keys: KeySampler?
    private let topicCount: Int64
    private let partitionCount: Int

    /// The source of a class of `scenario`.
    package init(_ scenario: Scenario, classIndex: Int) {
        let each = scenario.classes[classIndex]
        let seed = ArrivalSchedule.classSeed(scenarioSeed: scenario.seed, classIndex: classIndex)
        schedule = ArrivalSchedule(each.load, seed: seed)
        sizes = SizeSampler(each.messageSize, seed: seed)
        keys = each.keys.areDrawn ? KeySampler(each.keys, seed: seed) : nil
        topicCount = Int64(each.topicCount)
        partitionCount = each.partitionCount
    }

    /// The sources that a worker needs, by class; nil for classes of which it has no producer.
    @usableFromInline static func list(
        _ scenario: Scenario, _ assignment: WorkerAssignment
    ) -> [MessageSource?] {
        var sources = [MessageSource?](repeating: nil, count: scenario.classes.count)
        for producer in assignment.producers where sources[producer.classIndex] == nil {
            sources[producer.classIndex] = MessageSource(
                scenario, classIndex: producer.classIndex)
        }
        return sources
    }

    /// Whether messages differ at all.
    var isVarying: Bool { sizes.isVarying || keys != nil }

    /// The topic-partition of message `index`: topics in turn, the partition by the key.
    func destination(ofKey key: UInt64, index: Int64) -> Int {
        Int(index % topicCount) * partitionCount
            + KeyHash.partition(ofKey: key, count: partitionCount)
    }
}
