// From one element of `classes` to a traffic class, strictly.

extension TrafficClass {
    /// Every key of a class.
    package static let keys =
        [
            "name", "topics", "partitions", "producers", "consumers-per-group", "groups",
            "message-size", "payload", "compressible", "load", "batch", "acks", "consume", "keys",
            "handling", "slo",
        ] + TopicStorage.keys

    /// Reads one element of `classes`.
    ///
    /// - Parameters:
    ///   - index: The position in the list, which is the class index of stamps.
    ///   - runNanoseconds: Length of the run, warm-up included.
    ///   - incidents: Of the run; consumers that play one take what they get one by one.
    init(
        _ node: ScenarioNode, index: Int, runNanoseconds: Int64, _ incidents: [PlannedIncident]
    ) throws(ScenarioError) {
        let untitled = try MappingReader(
            node, title: "class \(index)", labelPrefix: "class \(index): ", keys: Self.keys)
        name = try untitled.required("name").name(untitled.label("name"))
        let reader = try MappingReader(
            node, title: "class \"\(name)\"", labelPrefix: "\(name): ", keys: Self.keys)
        topicCount = try reader.integer("topics", default: 1, in: ScenarioLimits.topics)
        partitionCount = try reader.integer("partitions", default: 1, in: ScenarioLimits.partitions)
        producerCount = try reader.integer("producers", default: 1, in: ScenarioLimits.producers)
        consumersPerGroup = try reader.integer(
            "consumers-per-group", default: 1, in: 1...ScenarioLimits.destinations)
        groupCount = try reader.integer("groups", default: 1, in: ScenarioLimits.groups)
        payload = try reader.choice("payload", default: .random)
        compressibleBillionths = try reader.quantity(
            .share, "compressible", default: 0, in: ScenarioLimits.shareBillionths)
        load = try LoadShape(reader.required("load"), runNanoseconds: runNanoseconds)
        messageSize = try MessageSize(reader, load)
        let sizeMax = Int64(messageSize.bounds.upperBound)
        batch = try BatchOptions(reader.value("batch"), messageByteCount: sizeMax)
        acknowledgement = try reader.choice("acks", default: .leader)
        consume = try reader.choice("consume", default: .push)
        keys = try MessageKeys(reader)
        let isPlaying = incidents.contains { [name] in $0.isPlayed(byClass: name) }
        handling =
            try ConsumerPace.read(reader, groupCount: groupCount)
            ?? (isPlaying && groupCount > 0 ? .prompt : nil)
        storage = try TopicStorage(reader)
        try checkTopology(reader)
        try checkStamp(reader, index: index)
        try checkBodies(reader)
        try checkLoop(reader)
    }

    private func checkTopology(_ reader: MappingReader) throws(ScenarioError) {
        guard destinationCount <= ScenarioLimits.destinations else {
            throw reader.contradiction(
                at: "partitions",
                "\(topicCount) topics x \(partitionCount) partitions are \(destinationCount); "
                    + "the limit is \(ScenarioLimits.destinations)")
        }
        guard consumersPerGroup <= destinationCount else {
            throw reader.contradiction(
                at: "consumers-per-group",
                "\(consumersPerGroup) consumers of a group cannot share \(destinationCount) "
                    + "partitions (\(topicCount) topics x \(partitionCount)); "
                    + "\(consumersPerGroup - destinationCount) would never get a message")
        }
        guard producerCount * destinationCount <= ScenarioLimits.streams else {
            throw reader.contradiction(
                at: "producers",
                "\(producerCount) producers x \(destinationCount) partitions are more than the "
                    + "\(ScenarioLimits.streams) pairs the ledger follows")
        }
    }

    private func checkStamp(_ reader: MappingReader, index: Int) throws(ScenarioError) {
        guard stampForm == .compact else { return }
        let size = "messages below \(StampForm.full.byteCount)B carry the compact stamp, which "
        guard index < ScenarioLimits.compactClasses else {
            throw reader.contradiction(
                at: "message-size",
                size + "can tell \(ScenarioLimits.compactClasses) classes apart; put this class "
                    + "among the first \(ScenarioLimits.compactClasses)")
        }
        guard producerCount <= ScenarioLimits.compactProducers else {
            throw reader.contradiction(
                at: "producers",
                size + "can tell \(ScenarioLimits.compactProducers) producers apart, not "
                    + "\(producerCount)")
        }
        guard destinationCount <= ScenarioLimits.compactProducers else {
            throw reader.contradiction(
                at: "partitions",
                size + "can tell \(ScenarioLimits.compactProducers) partitions apart, not "
                    + "\(destinationCount)")
        }
    }

    private func checkBodies(_ reader: MappingReader) throws(ScenarioError) {
        guard payload == .json, reader.value("compressible") != nil else { return }
        throw reader.contradiction(
            at: "compressible",
            "json compresses as JSON does; use payload: random, or remove compressible")
    }

    private func checkLoop(_ reader: MappingReader) throws(ScenarioError) {
        guard case .closedLoop = load, acknowledgement == .none else { return }
        throw reader.contradiction(
            at: "acks", "a closed loop waits for acknowledgements, and acks: 0 asks for none")
    }
}

extension BatchOptions {
    /// Reads `batch`; nil gives the defaults.
    ///
    /// - Parameter messageByteCount: A batch must hold at least one message of this size.
    fileprivate init(
        _ node: ScenarioNode?, messageByteCount: Int64
    ) throws(ScenarioError) {
        let fallback = max(65_536, messageByteCount)
        guard let node else {
            self.init(
                messageCount: 64, byteCount: Int(fallback), lingerNanoseconds: 0,
                compression: .none, sizing: .fixed)
            return
        }
        let reader = try MappingReader(
            node, title: "batch", labelPrefix: "batch.",
            keys: ["messages", "bytes", "linger", "compression", "sizing"])
        let byteCount = try reader.quantity(
            .byteCount, "bytes", default: fallback, in: ScenarioLimits.batchByteCount)
        guard byteCount >= messageByteCount else {
            throw reader.contradiction(
                at: "bytes",
                "a batch of \(ScenarioUnit.byteCount.text(byteCount)) cannot hold one message of "
                    + ScenarioUnit.byteCount.text(messageByteCount))
        }
        self.init(
            messageCount: try reader.integer(
                "messages", default: 64, in: ScenarioLimits.batchMessages),
            byteCount: Int(byteCount),
            lingerNanoseconds: try reader.quantity(
                .duration, "linger", default: 0, in: ScenarioLimits.lingerNanoseconds),
            compression: try reader.choice("compression", default: .none),
            sizing: try reader.choice("sizing", default: .fixed))
    }
}
