// A workload of the OpenMessaging Benchmark as a scenario, with what had to be changed.

/// A scenario made from a workload file.
package struct OpenMessagingScenario: Sendable, Equatable {
    /// The scenario's text, for `Scenario.parse`.
    package let text: String
    /// Where the scenario means something else than the workload, one sentence each.
    package let notes: [String]
    /// Whether the workload asks for the largest rate instead of naming one.
    package let asksForCapacity: Bool

    /// From this rate on a workload file means "as fast as possible".
    package static let unboundedRate: Int64 = 10_000_000

    /// - Parameters:
    ///   - workload: What is to be run.
    ///   - driver: How its producers batch; nil for the scenario's own defaults.
    package init(_ workload: OpenMessagingWorkload, driver: OpenMessagingDriver? = nil) {
        var mapping = OpenMessagingMapping(workload, driver)
        text = mapping.text()
        notes = mapping.notes
        asksForCapacity = workload.producerRate == 0
    }
}

/// Puts a scenario together, and writes down what does not fit.
private struct OpenMessagingMapping {
    private let workload: OpenMessagingWorkload
    private let driver: OpenMessagingDriver?
    private(set) var notes: [String] = []

    init(_ workload: OpenMessagingWorkload, _ driver: OpenMessagingDriver?) {
        self.workload = workload
        self.driver = driver
    }

    /// The scenario as YAML.
    mutating func text() -> String {
        notes.append(
            "latencies count from the intended send time, so that no stall is left out; the "
                + "workload's own tool takes its limiter's time for publishing, and the real send "
                + "time end to end")
        let sizes = messageSizes()
        let batching = batch(sizes)
        let lines = [
            "name: \(Self.name(workload.name))",
            "duration: \(workload.testMinutes)m",
            "warmup: \(workload.warmupMinutes)m",
            "classes:",
            "  - name: main",
            "    topics: \(workload.topicCount)",
            "    partitions: \(workload.partitionsPerTopic)",
            "    producers: \(producers())",
            "    consumers-per-group: \(consumers())",
            "    groups: \(groups())",
            "    message-size: \(Self.text(sizes))",
            "    load: \(load())",
            "    acks: \(acknowledgements())",
            "    keys: \(keys())",
        ]
        let body = payload()
        backlog()
        rest()
        return (lines + body + batching).joined(separator: "\n") + "\n"
    }

    /// The sizes that there may be: a message has room for its stamp.
    private mutating func messageSizes() -> [MessageSize.Share] {
        let isVarying = workload.messageSizes.count > 1
        let bounds = isVarying ? ScenarioLimits.varyingByteCount : ScenarioLimits.messageByteCount
        let (least, most) = (Int(bounds.lowerBound), Int(bounds.upperBound))
        let sizes = workload.messageSizes.map {
            MessageSize.Share(
                byteCount: min(max($0.byteCount, least), most), weight: $0.weight)
        }
        if zip(sizes, workload.messageSizes).contains(where: { $0.byteCount > $1.byteCount }) {
            notes.append("messageSize: a message carries a stamp and has at least \(least) bytes")
        }
        if zip(sizes, workload.messageSizes).contains(where: { $0.byteCount < $1.byteCount }) {
            notes.append("messageSize: a message has at most \(most) bytes")
        }
        return sizes
    }

    private static func text(_ sizes: [MessageSize.Share]) -> String {
        guard sizes.count > 1 else { return "\(sizes[0].byteCount)B" }
        let shares = sizes.map { "{ size: \($0.byteCount)B, weight: \($0.weight) }" }
        return "{ distribution: weighted, sizes: [ \(shares.joined(separator: ", ")) ] }"
    }

    /// Producers of the whole class, as many as the ledger can follow.
    private mutating func producers() -> Int {
        let wanted = workload.producersPerTopic * workload.topicCount
        let destinations = max(workload.topicCount * workload.partitionsPerTopic, 1)
        let bound = min(ScenarioLimits.streams / destinations, ScenarioLimits.producers.upperBound)
        let count = min(wanted, max(bound, 1))
        if workload.topicCount > 1 {
            notes.append(
                "producersPerTopic: each of the \(count) producers sends to all topics in turn, "
                    + "not to one of its own")
        }
        if count < wanted {
            notes.append("producersPerTopic: \(count) producers instead of \(wanted)")
        }
        return count
    }

    private mutating func consumers() -> Int {
        let wanted = workload.consumersPerSubscription * workload.topicCount
        let most = workload.topicCount * workload.partitionsPerTopic
        let count = max(min(wanted, most), 1)
        if count < wanted {
            notes.append(
                "consumerPerSubscription: \(count) consumers instead of \(wanted); there are no "
                    + "more partitions to share")
        }
        return count
    }

    private mutating func groups() -> Int {
        guard workload.consumersPerSubscription == 0 else { return workload.subscriptionsPerTopic }
        if workload.subscriptionsPerTopic > 0 {
            notes.append("consumerPerSubscription: without consumers there are no groups")
        }
        return 0
    }

    private mutating func load() -> String {
        switch workload.producerRate {
        case 0:
            // The search sets its own rates; this one is where it begins, as theirs does.
            notes.append(
                "producerRate 0: the rate is searched for before the measured run, with holds and "
                    + "confirmation, not while it is measured")
            return "{ schedule: constant, rate: 10000/s }"
        case OpenMessagingScenario.unboundedRate...:
            notes.append(
                "producerRate \(workload.producerRate): taken for \"as fast as possible\", with "
                    + "a bound on what is unacknowledged; latencies then describe full queues")
            return "{ schedule: maximum, in-flight: 4096 }"
        default: return "{ schedule: constant, rate: \(workload.producerRate)/s }"
        }
    }

    private mutating func keys() -> String {
        switch workload.keyDistributor {
        case .none: return "none"
        case .roundRobin:
            notes.append(
                "keyDistributor: one key for each topic-partition, in turn, instead of "
                    + "\(OpenMessagingWorkload.keyCount) keys in turn")
            return "round-robin"
        case .randomNano:
            return "{ distribution: uniform, count: \(OpenMessagingWorkload.keyCount) }"
        }
    }

    private mutating func payload() -> [String] {
        guard let ratio = workload.randomBytesRatio else {
            notes.append("payloadFile: is not read; bodies are random bytes of the same size")
            return []
        }
        if let count = workload.payloadPoolSize {
            notes.append(
                "randomizedPayloadPoolSize \(count): the number of different bodies is chosen "
                    + "here, so that where batches are compressed none comes twice in one")
        }
        // The benchmark makes the other bytes zero; how far these compress depends on the codec.
        let share = ((1 - ratio) * 10_000).rounded() / 10_000
        guard share > 0 else { return [] }
        notes.append(
            "randomBytesRatio: the other bytes are made to compress, as the zeros do there")
        return ["    compressible: \(share)"]
    }

    private mutating func backlog() {
        guard workload.backlogGigabytes > 0 else { return }
        notes.append(
            "consumerBacklogSizeGB: no backlog is built up first; consumers take part from the "
                + "start")
    }

    private mutating func rest() {
        for key in workload.ignoredKeys {
            notes.append("\(key): ignored, as the workload's own tool does")
        }
    }

    // MARK: - The driver file

    private mutating func acknowledgements() -> String {
        guard let text = driver?.acknowledgements else { return "1" }
        switch text {
        case "0", "1", "all": return text
        case "-1": return "all"
        default:
            notes.append("acks=\(text): not known, 1 is used")
            return "1"
        }
    }

    private mutating func batch(_ sizes: [MessageSize.Share]) -> [String] {
        guard let driver else { return [] }
        if let copies = driver.replicationFactor, copies > 1 {
            notes.append("replicationFactor \(copies): there is one broker")
        }
        for setting in driver.ignored { notes.append("producerConfig: \(setting) is ignored") }
        let (shortest, longest) = (sizes.map(\.byteCount).min(), sizes.map(\.byteCount).max())
        let most = Int(ScenarioLimits.batchByteCount.upperBound)
        let bytes = min(max(driver.batchByteCount ?? 65_536, longest ?? 1), most)
        let messages = min(
            max(bytes / (shortest ?? 1), 1), ScenarioLimits.batchMessages.upperBound)
        let lingerMax = ScenarioLimits.lingerNanoseconds.upperBound / 1_000_000
        let linger = min(max(Int64(driver.lingerMilliseconds ?? 0), 0), lingerMax)
        return [
            "    batch:", "      messages: \(messages)", "      bytes: \(bytes)B",
            "      linger: \(linger)ms", "      compression: \(compression(driver))",
        ]
    }

    private mutating func compression(_ driver: OpenMessagingDriver) -> String {
        let name = driver.compression ?? "none"
        if BatchOptions.Compression(rawValue: name) != nil { return name }
        notes.append("compression.type=\(name): not known, batches are not compressed")
        return "none"
    }

    /// A name that scenarios allow, as near to the workload's as can be.
    private static func name(_ text: String) -> String {
        var name = ""
        for character in text.lowercased() {
            let isPlain = character.isASCII && (character.isLetter || character.isNumber)
            if isPlain {
                name.append(character)
            } else if !name.isEmpty, name.last != "-" {
                name.append("-")
            }
        }
        name = String(name.prefix(60))
        while name.last == "-" { name.removeLast() }
        return name.isEmpty ? "omb" : name
    }
}
