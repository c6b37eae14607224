// Policy files: YAML or JSON with strict keys.

extension GatePolicy {
    /// Reads a policy file. What it does not mention keeps its default; a scenario's entry starts
    /// from the file's general limits. A limit is larger than 0, and a resolution larger than its
    /// limit; one that was said elsewhere and is not gives way to twice the limit.
    ///
    /// ```
    /// limits: { p50: 4%, p99: 5%, p99.9: 8%, throughput: 4%, stalls: 6, max: null }
    /// resolution: { p99: 10% }
    /// creep: { p99: 10% }
    /// floor: 50us
    /// throughput-floor: 0
    /// stall-floor: 5ms
    /// minimum-samples-beyond: 20
    /// series: [ack.intended, e2e.intended]
    /// ledger: { duplicated: 0 }
    /// counters: { broker.allocationsPerMessage: 0.01, broker.systemCallsPerMessage: 0.05 }
    /// slo: ["e2e.intended.p99 < 5ms"]
    /// allow: [kernel, scenario-parameters.duration, new-scenarios]
    /// inconclusive: warn
    /// canary: 25%
    /// seed: 1
    /// classes: { bulk: { limits: { p99: 20% } } }
    /// scenarios: { latency-1k: { limits: { p99: 10% }, floor: 100us, classes: {} } }
    /// ```
    ///
    /// JSON is read here; a caller that has a reader for YAML gives the value.
    ///
    /// - Throws: What is wrong and where, with the nearest key for a misspelt one.
    package init(decoding bytes: [UInt8]) throws(PolicyError) {
        let value: JSONValue
        do {
            value = try DocumentEncoding.decode(JSONValue.self, bytes)
        } catch {
            if case .notJSON(let detail) = error { throw .notJSON(detail: detail) }
            throw .notJSON(detail: "\(error)")
        }
        try self.init(value)
    }

    /// Reads a policy that has been parsed already.
    ///
    /// - Throws: As above, save `notJSON`.
    package init(_ value: JSONValue) throws(PolicyError) {
        self.init()
        let root = PolicyNode(value: value, path: "")
        try root.requireKeys(
            GateLimits.keys + ["allow", "canary", "inconclusive", "scenarios", "seed"])
        try limits.apply(root)
        if let node = try root.member("seed") { seed = UInt64(try node.count()) }
        if let node = try root.member("canary") {
            canaryShare = try node.quantity(.ratio)
            guard canaryShare < 0.5 else {
                throw .invalidValue(
                    path: node.path, detail: "fewer than half of the pairs can be canaries")
            }
        }
        if let node = try root.member("inconclusive") {
            let known = InconclusivePolicy.allCases.map(\.rawValue)
            guard let policy = InconclusivePolicy(rawValue: try node.string()) else {
                throw .invalidValue(path: node.path, detail: PolicyNode.oneOf(known))
            }
            inconclusive = policy
        }
        for node in try root.member("allow")?.elements() ?? [] {
            allowed.insert(try AllowedDifference(node))
        }
        for (name, node) in try root.member("scenarios")?.members() ?? [] {
            try node.requireKeys(GateLimits.keys)
            var own = limits
            try own.apply(node)
            scenarios[name] = own
        }
    }
}

extension AllowedDifference {
    fileprivate init(_ node: PolicyNode) throws(PolicyError) {
        let name = try node.string()
        guard let allowed = AllowedDifference(name) else {
            let nearest = SpellingHint.nearest(to: name, among: Self.names)
            throw .invalidValue(
                path: node.path,
                detail: "\"\(name)\" cannot be allowed" + SpellingHint.suffix(for: nearest))
        }
        self = allowed
    }
}

extension GateLimits {
    fileprivate static let classKeys = ["limits", "resolution", "floor", "throughput-floor"]
    fileprivate static let keys =
        classKeys + [
            "creep",
            "stall-floor", "minimum-samples-beyond", "series", "ledger", "counters", "slo",
            "classes",
        ]

    /// Overrides what the node mentions.
    fileprivate mutating func apply(_ node: PolicyNode) throws(PolicyError) {
        var general = ClassLimits(self)
        try general.apply(node)
        relative = general.relative
        resolutions = general.resolutions
        floorNanoseconds = general.floorNanoseconds
        floorMessagesPerSecond = general.floorMessagesPerSecond
        try applyTolerances(node)
        if let floor = try node.member("stall-floor") {
            stallNanosecondsMin = try floor.quantity(.nanoseconds)
        }
        if let minimum = try node.member("minimum-samples-beyond") {
            minimumSamplesBeyond = try minimum.count()
        }
        if let list = try node.member("series") {
            series = []
            for element in try list.elements() { series.append(try element.seriesName()) }
        }
        if let list = try node.member("slo") {
            var parsed: [ServiceLevelObjective] = []
            for element in try list.elements() { parsed.append(try element.objective()) }
            objectives = parsed
        }
        for (name, entry) in try node.member("classes")?.members() ?? [] {
            try entry.requireKeys(GateLimits.classKeys)
            var own = ClassLimits(self)
            try own.apply(entry)
            classes[name] = own
        }
    }

    /// Faults, costs of a message and small losses that are put up with.
    private mutating func applyTolerances(_ node: PolicyNode) throws(PolicyError) {
        for (name, count) in try node.member("ledger")?.members() ?? [] {
            guard let field = Metric.LedgerField(rawValue: name),
                Metric.LedgerField.faults.contains(field)
            else {
                let known = Metric.LedgerField.faults.map(\.rawValue)
                throw .unknownKey(
                    path: count.path, nearest: SpellingHint.nearest(to: name, among: known))
            }
            ledger[field] = try count.count()
        }
        for (name, tolerance) in try node.member("counters")?.members() ?? [] {
            guard let (owner, field) = Metric.resources[name] else {
                let known = Metric.resources.keys.sorted()
                throw .unknownKey(
                    path: tolerance.path, nearest: SpellingHint.nearest(to: name, among: known))
            }
            let metric = Metric.resource(owner, field)
            counters[metric] =
                tolerance.value == .null ? nil : try tolerance.quantity(metric.unit)
        }
        for (name, budget) in try node.member("creep")?.members() ?? [] {
            let metric = try RelativeMetric(name, of: budget)
            creep[metric] = budget.value == .null ? nil : try budget.limit(metric.limitUnit)
        }
    }
}

extension ClassLimits {
    /// Overrides what the node mentions.
    fileprivate mutating func apply(_ node: PolicyNode) throws(PolicyError) {
        for (name, limit) in try node.member("limits")?.members() ?? [] {
            let metric = try RelativeMetric(name, of: limit)
            relative[metric] = limit.value == .null ? nil : try limit.limit(metric.limitUnit)
        }
        // What was said elsewhere about another limit means nothing beside a larger one.
        resolutions = resolutions.filter { metric, value in value > relative[metric] ?? 0 }
        for (name, limit) in try node.member("resolution")?.members() ?? [] {
            let metric = try RelativeMetric(name, of: limit)
            let value = try limit.quantity(metric.limitUnit)
            guard value > relative[metric] ?? 0 else {
                throw .invalidValue(
                    path: limit.path, detail: "a resolution has to be larger than the limit")
            }
            resolutions[metric] = value
        }
        if let floor = try node.member("floor") {
            floorNanoseconds = try floor.quantity(.nanoseconds)
        }
        if let floor = try node.member("throughput-floor") {
            floorMessagesPerSecond = try floor.quantity(.messagesPerSecond)
        }
    }
}

extension RelativeMetric {
    /// Reads the key of a limit.
    fileprivate init(_ name: String, of node: PolicyNode) throws(PolicyError) {
        guard let metric = RelativeMetric(name) else {
            let known = GateLimits().relative.keys.map(\.name) + ["max", "mean", "p90"]
            throw .unknownKey(
                path: node.path, nearest: SpellingHint.nearest(to: name, among: known.sorted()))
        }
        self = metric
    }
}
