// What a run that measures stages found out, beside its series.

/// Of the measured window: how many messages have all their times.
package struct StagesRecord: Codable, Equatable, Sendable {
    /// Messages in the series `stage.*`.
    package var timed: Int64
    /// Messages whose times the target did not tell; in no such series.
    package var untimed: Int64
    /// Messages whose times run backwards; in no such series.
    package var disordered: Int64

    /// Makes the record from its parts; each parameter is the property of the same name.
    package init(timed: Int64, untimed: Int64, disordered: Int64) {
        self.timed = timed
        self.untimed = untimed
        self.disordered = disordered
    }
}

/// One of the slowest messages of the measured window, end to end from its intended send.
package struct SlowMessageRecord: Codable, Equatable, Sendable {
    /// Its class.
    package var className: String
    /// The consumer group that received it.
    package var group: String
    /// The topic.
    package var topic: String
    /// The partition.
    package var partition: Int
    /// The offset in the partition.
    package var offset: Int64
    /// The producer's index in its class.
    package var producer: Int
    /// Its position within producer and partition; of a message below 32 B, the low 32 bits.
    package var sequence: Int64
    /// When it was to be sent, counted from the start of the warm-up.
    package var intendedNanoseconds: Int64
    /// From its intended send to its handler.
    package var totalNanoseconds: Int64
    /// The length of each stage, by the name of its series; they sum to the total.
    package var stages: [String: Int64]
    /// The interval that it is counted in.
    package var interval: Int
    /// What was done to the run and held up the generator while it was under way, and what was
    /// noted until the end of that interval.
    package var incidents: [String]

    /// Makes the record from its parts; each parameter is the property of the same name.
    package init(
        className: String, group: String, topic: String, partition: Int, offset: Int64,
        producer: Int, sequence: Int64, intendedNanoseconds: Int64, totalNanoseconds: Int64,
        stages: [String: Int64], interval: Int, incidents: [String]
    ) {
        self.className = className
        self.group = group
        self.topic = topic
        self.partition = partition
        self.offset = offset
        self.producer = producer
        self.sequence = sequence
        self.intendedNanoseconds = intendedNanoseconds
        self.totalNanoseconds = totalNanoseconds
        self.stages = stages
        self.interval = interval
        self.incidents = incidents
    }
}
