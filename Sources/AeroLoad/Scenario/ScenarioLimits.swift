// The limits of scenario values, in one place.

/// Least and greatest values a scenario may ask for, and why.
package enum ScenarioLimits {
    /// 100 ms to one day.
    package static let durationNanoseconds: ClosedRange<Int64> = 100_000_000...86_400_000_000_000
    /// Up to one hour; the warm-up is thrown away.
    package static let warmupNanoseconds: ClosedRange<Int64> = 0...3_600_000_000_000
    /// 100 ms, which the collecting thread keeps up with, to one hour; each interval carries five
    /// histograms per class.
    package static let intervalNanoseconds: ClosedRange<Int64> = 100_000_000...3_600_000_000_000
    /// Intervals of one run, warm-up included: each is watched, and many are kept as few.
    package static let intervalCount: Int64 = 100_000
    /// Generator threads.
    package static let workers = 1...64
    /// Processes of the generator: each has one of its threads at least.
    package static let processes = 1...64
    /// Broker threads.
    package static let shards = 1...256
    /// Classes; the class index is one byte of the stamp.
    package static let classes = 1...256
    /// Classes up to and including the last one with a compact stamp, whose class has four bits.
    package static let compactClasses = 16
    /// Topics of one class.
    package static let topics = 1...10_000
    /// Partitions of one topic.
    package static let partitions = 1...10_000
    /// Topic-partitions of one class; the destination index is two bytes of the stamp.
    package static let destinations = 65_536
    /// Producers of one class; the producer index is two bytes of the stamp.
    package static let producers = 1...65_536
    /// Producers, and destinations, of a class with a compact stamp: one byte each.
    package static let compactProducers = 256
    /// Pairs of producer and destination of one class: the ledger holds 16 bytes for each.
    package static let streams = 1 << 22
    /// Groups of one class.
    package static let groups = 0...1_000
    /// Producers and consumers of all classes together: file descriptors.
    package static let clients = 65_536
    /// Message bytes; the smallest stamp has 16.
    package static let messageByteCount: ClosedRange<Int64> = 16...16_777_216
    /// Bytes of messages whose sizes vary: all carry the full stamp.
    package static let varyingByteCount: ClosedRange<Int64> = 32...16_777_216
    /// Sizes of one weighted list; a file may have as many as a trace has arrivals.
    package static let weightedSizes = 1...1_000
    /// How often one thing comes, compared with others.
    package static let weights: ClosedRange<Int64> = 1...1_000_000_000
    /// Deviations of the logarithm of a size.
    package static let sigmaBillionths: ClosedRange<Int64> = 1_000_000...5_000_000_000
    /// Parts of a whole.
    package static let shareBillionths: ClosedRange<Int64> = 0...1_000_000_000
    /// Attempts of a handler that fail: one that always fails handles nothing.
    package static let failureBillionths: ClosedRange<Int64> = 0...900_000_000
    /// How long a message is handled: up to a minute.
    package static let processingNanoseconds: ClosedRange<Int64> = 0...60_000_000_000
    /// Bytes that a slow consumer may have received and not handled.
    package static let windowByteCount: ClosedRange<Int64> = 1_024...1_073_741_824
    /// Keys that are drawn alike.
    package static let uniformKeys = 1...1_000_000_000_000
    /// Keys that are drawn by rank: a table of 8 bytes for each, one for each worker.
    package static let zipfKeys = 1...4_194_304
    /// How steeply the frequency of keys falls with their rank.
    package static let zipfExponentBillionths: ClosedRange<Int64> = 0...10_000_000_000
    /// One message per billion seconds is never meant; 1 G/s is beyond any machine.
    package static let rateBillionths: ClosedRange<Int64> = 1_000_000...1_000_000_000_000_000_000
    /// As `rateBillionths`, where a rate may also be nothing.
    package static let pausableRateBillionths: ClosedRange<Int64> = 0...1_000_000_000_000_000_000
    /// Lengths in a changing load: 1 ms, which intervals cannot show any more, to a day.
    package static let shapeNanoseconds: ClosedRange<Int64> = 1_000_000...86_400_000_000_000
    /// Steps of one load.
    package static let steps = 1...1_000
    /// Messages of one burst.
    package static let burstMessages: ClosedRange<Int64> = 1...1_000_000_000
    /// Arrivals of one trace: 12 bytes of memory each.
    package static let traceArrivals = 10_000_000
    /// Bytes of a file that a scenario names.
    package static let dataFileByteCount = 256 << 20
    /// Unacknowledged messages of one producer.
    package static let inFlight = 1...1_048_576
    /// Messages of one batch.
    package static let batchMessages = 1...65_536
    /// Bytes of one batch.
    package static let batchByteCount: ClosedRange<Int64> = 16...16_777_216
    /// Longest wait for a batch to fill.
    package static let lingerNanoseconds: ClosedRange<Int64> = 0...1_000_000_000
    /// Longest time between two syncs of a log: 1 ms to an hour.
    package static let durabilityNanoseconds: ClosedRange<Int64> = 1_000_000...3_600_000_000_000
    /// Bytes of a segment, as the broker bounds them.
    package static let segmentByteCount: ClosedRange<Int64> = 4_096...1_073_741_824
    /// Bytes kept of a partition, up to 1 PiB.
    package static let retentionByteCount: ClosedRange<Int64> = 1...1_125_899_906_842_624
    /// Times of the truth driver's target.
    package static let targetNanoseconds: ClosedRange<Int64> = 0...60_000_000_000
    /// One planted fault in so many messages; fewer would meet each other.
    package static let faultPeriods = 16...1_000_000_000
    /// Incidents of one run: a script is written by hand.
    package static let incidents = 100
    /// When an incident begins, from the start of the window: within the longest one.
    package static let incidentStartNanoseconds: ClosedRange<Int64> = 0...86_400_000_000_000
    /// How long an incident lasts: 1 ms to an hour.
    package static let incidentNanoseconds: ClosedRange<Int64> = 1_000_000...3_600_000_000_000
    /// Connections that are cut, of all: one in a thousand at least.
    package static let disconnectedBillionths: ClosedRange<Int64> = 1_000_000...1_000_000_000
    /// What an incident adds to a message's handling, or to a call to the disk.
    package static let delayNanoseconds: ClosedRange<Int64> = 1_000...60_000_000_000
    /// Characters of the description, and of one objective.
    package static let textLength = 1_000
    /// Slow messages kept of one run.
    package static let slowest = 0...1_000
    /// Objectives of one scenario.
    package static let objectives = 100
}
