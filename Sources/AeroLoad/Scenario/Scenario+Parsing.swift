// From scenario text to a scenario, strictly.

extension Scenario {
    /// Every key of a scenario.
    package static let keys = [
        "name", "description", "seed", "duration", "warmup", "interval", "driver", "broker",
        "target", "workers", "processes", "classes", "slo", "stages", "slowest", "incidents",
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
        processCount = try reader.integer(
            "processes", default: 1, in: ScenarioLimits.processes)
        workerCount = try reader.integer(
            "workers", default: processCount, in: ScenarioLimits.workers)
        incidents = try PlannedIncident.list(reader.value("incidents"))
        classes = try Self.classes(
            reader.required("classes"), runNanoseconds: warmupNanoseconds + durationNanoseconds,
            incidents)
        objectives = try Self.objectives(reader, of: classes)
        stages = try StageOptions(reader)
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

    private static func classes(
        _ node: ScenarioNode, runNanoseconds: Int64, _ incidents: [PlannedIncident]
    ) throws(ScenarioError) -> [TrafficClass] {
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
            let trafficClass = try TrafficClass(
                element, index: index, runNanoseconds: runNanoseconds, incidents)
            guard !classes.contains(where: { $0.name == trafficClass.name }) else {
                throw ScenarioError(
                    element.position,
                    .contradiction("two classes have the name \"\(trafficClass.name)\""))
            }
            classes.append(trafficClass)
        }
        return classes
    }

    /// The objectives of the run, then those of its classes with the class in front.
    private static func objectives(
        _ reader: MappingReader, of classes: [TrafficClass]
    ) throws(ScenarioError) -> [Objective] {
        var objectives = try Self.objectives(reader.value("slo"), "slo", className: nil)
        let elements = try reader.required("classes").elements("classes")
        for (element, trafficClass) in zip(elements, classes) {
            let own = try MappingReader(
                element, title: "class \"\(trafficClass.name)\"",
                labelPrefix: "\(trafficClass.name): ", keys: TrafficClass.keys)
            objectives += try Self.objectives(
                own.value("slo"), own.label("slo"), className: trafficClass.name)
        }
        guard objectives.count <= ScenarioLimits.objectives else {
            throw ScenarioError(
                reader.position(of: "slo"),
                .outOfRange(
                    label: "slo", text: "\(objectives.count) objectives", minimum: "0",
                    maximum: "\(ScenarioLimits.objectives)"))
        }
        return objectives
    }

    private static func objectives(
        _ node: ScenarioNode?, _ label: String, className: String?
    ) throws(ScenarioError) -> [Objective] {
        guard let node else { return [] }
        var objectives: [Objective] = []
        for element in try node.elements(label) {
            var text = try Self.text(element, label)
            if let className {
                guard !text.contains(":") else {
                    throw ScenarioError(
                        element.position,
                        .contradiction(
                            "\(label): the objectives of a class are of that class; remove what "
                                + "stands before the colon, or move it to the scenario's slo"))
                }
                text = "\(className):\(text)"
            }
            objectives.append(Objective(text: text, position: element.position))
        }
        return objectives
    }

    /// Checks what no single value can: the run as a whole.
    private func check(_ reader: MappingReader) throws(ScenarioError) {
        try StageOptions.check(stages, classes, reader)
        try PlannedIncident.check(self, reader)
        let intervals = (warmupNanoseconds + durationNanoseconds) / intervalNanoseconds
        guard intervals <= ScenarioLimits.intervalCount else {
            throw reader.contradiction(
                at: "interval",
                "the run would have \(intervals) intervals; at most "
                    + "\(ScenarioLimits.intervalCount) fit into a result")
        }
        guard processCount <= workerCount else {
            throw reader.contradiction(
                at: "processes",
                "\(processCount) processes need as many workers, and there are \(workerCount); set "
                    + "workers to \(processCount) or more")
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
            self.init(shardCount: 1, buffers: .pooled, poller: .epoll, malloc: .libc)
            return
        }
        let reader = try MappingReader(
            node, title: "broker", labelPrefix: "broker.",
            keys: ["shards", "buffers", "poller", "malloc"])
        self.init(
            shardCount: try reader.integer("shards", default: 1, in: ScenarioLimits.shards),
            buffers: try reader.choice("buffers", default: .pooled),
            poller: try reader.choice("poller", default: .epoll),
            malloc: try reader.choice("malloc", default: .libc))
    }
}
