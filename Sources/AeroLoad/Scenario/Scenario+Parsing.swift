// From scenario text to a scenario, strictly.

extension Scenario {
    private static let keys = [
        "name", "description", "seed", "duration", "warmup", "interval", "driver", "broker",
        "target", "workers", "classes", "slo",
    ]

    /// Reads the scenario in `text`, with `overrides` applied on top.
    ///
    /// - Parameters:
    ///   - text: YAML in UTF-8, at most 256 KiB.
    ///   - fileName: How messages call the file.
    ///   - overrides: `KEY=VALUE` with dotted keys, e.g. `classes.main.load.rate=50k/s`; a class is
    ///     addressed by its name or its index. Later ones win. They take the same strict path.
    /// - Throws: The first fault, with its place and the nearest valid spelling.
    package static func parse(
        _ text: [UInt8], fileName: String, overrides: [String] = []
    ) throws(ScenarioError) -> Scenario {
        var root = try YAMLTreeReader.read(text, from: .file(fileName))
        for override in overrides { try root.apply(ScenarioOverride(override)) }
        return try Scenario(root)
    }

    private init(_ root: ScenarioNode) throws(ScenarioError) {
        let reader = try MappingReader(
            root, title: "the scenario", labelPrefix: "", keys: Self.keys)
        name = try reader.required("name").name("name")
        description = try Self.text(reader.value("description"), "description")
        seed = try reader.integer("seed", default: 42, in: 0...UInt64.max)
        durationNanoseconds = try reader.required("duration")
            .quantity(.duration, "duration", in: ScenarioLimits.durationNanoseconds)
        let warmup = try WarmupSetting(reader.value("warmup"))
        warmupNanoseconds = warmup.nanoseconds
        isWarmupAutomatic = warmup.isAutomatic
        intervalNanoseconds = try reader.quantity(
            .duration, "interval", default: 1_000_000_000, in: ScenarioLimits.intervalNanoseconds)
        driver = try reader.value("driver")?.name("driver") ?? "aeromq"
        broker = try BrokerOptions(reader.value("broker"))
        target = try reader.value("target").map { node throws(ScenarioError) in
            try TargetModel(node)
        }
        workerCount = try reader.integer("workers", default: 1, in: ScenarioLimits.workers)
        classes = try Self.classes(reader.required("classes"))
        objectives = try Self.objectives(reader.value("slo"))
        try check(reader)
    }

    private static func text(
        _ node: ScenarioNode?, _ label: String
    ) throws(ScenarioError) -> String {
        guard let node else { return "" }
        let text = try node.scalar(label, expected: "text")
        guard text.count <= ScenarioLimits.textLength else {
            throw ScenarioError(
                node.position,
                .outOfRange(
                    label: label, text: "its length \(text.count)", minimum: "1",
                    maximum: "\(ScenarioLimits.textLength) characters"))
        }
        return text
    }

    private static func classes(_ node: ScenarioNode) throws(ScenarioError) -> [TrafficClass] {
        let elements = try node.elements("classes")
        guard ScenarioLimits.classes.contains(elements.count) else {
            throw ScenarioError(
                node.position,
                .outOfRange(
                    label: "classes", text: "\(elements.count) classes", minimum: "1",
                    maximum: "\(ScenarioLimits.classes.upperBound)"))
        }
        var classes: [TrafficClass] = []
        for (index, element) in elements.enumerated() {
            let trafficClass = try TrafficClass(element, index: index)
            guard !classes.contains(where: { $0.name == trafficClass.name }) else {
                throw ScenarioError(
                    element.position,
                    .contradiction("two classes have the name \"\(trafficClass.name)\""))
            }
            classes.append(trafficClass)
        }
        return classes
    }

    private static func objectives(_ node: ScenarioNode?) throws(ScenarioError) -> [Objective] {
        guard let node else { return [] }
        let elements = try node.elements("slo")
        guard elements.count <= ScenarioLimits.objectives else {
            throw ScenarioError(
                node.position,
                .outOfRange(
                    label: "slo", text: "\(elements.count) objectives", minimum: "0",
                    maximum: "\(ScenarioLimits.objectives)"))
        }
        var objectives: [Objective] = []
        for element in elements {
            objectives.append(
                Objective(text: try text(element, "slo"), position: element.position))
        }
        return objectives
    }

    /// Checks what no single value can: the run as a whole.
    private func check(_ reader: MappingReader) throws(ScenarioError) {
        let intervals = (warmupNanoseconds + durationNanoseconds) / intervalNanoseconds
        guard intervals <= ScenarioLimits.intervalCount else {
            throw reader.contradiction(
                at: "interval",
                "the run would have \(intervals) intervals; at most "
                    + "\(ScenarioLimits.intervalCount) fit into a result")
        }
        guard !isWarmupAutomatic || warmupNanoseconds >= 12 * intervalNanoseconds else {
            throw reader.contradiction(
                at: "warmup", "twelve intervals at least are needed to see that a run has settled")
        }
        let clients = classes.reduce(0) { sum, each in
            sum + each.producerCount + each.groupCount * each.consumersPerGroup
        }
        guard clients <= ScenarioLimits.clients else {
            throw reader.contradiction(
                at: "classes",
                "all classes together have \(clients) producers and consumers; the limit is "
                    + "\(ScenarioLimits.clients)")
        }
    }
}

extension BrokerOptions {
    /// Reads `broker`; nil gives the defaults.
    fileprivate init(_ node: ScenarioNode?) throws(ScenarioError) {
        guard let node else {
            self.init(shardCount: 1, buffers: .pooled, poller: .epoll)
            return
        }
        let reader = try MappingReader(
            node, title: "broker", labelPrefix: "broker.", keys: ["shards", "buffers", "poller"])
        self.init(
            shardCount: try reader.integer("shards", default: 1, in: ScenarioLimits.shards),
            buffers: try reader.choice("buffers", default: .pooled),
            poller: try reader.choice("poller", default: .epoll))
    }
}
