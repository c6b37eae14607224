// Policy files: JSON with strict keys.

extension GatePolicy {
    /// Reads a policy file. What it does not mention keeps its default; a scenario's entry starts
    /// from the file's general limits.
    ///
    /// ```
    /// {
    ///   "limits": { "p50": "4%", "p99": "5%", "p99.9": "8%", "throughput": "4%", "max": null },
    ///   "floor": "50us",
    ///   "throughput-floor": "0",
    ///   "minimum-samples-beyond": 20,
    ///   "series": ["ack.intended", "e2e.intended"],
    ///   "ledger": { "duplicated": 0 },
    ///   "slo": ["e2e.intended.p99 < 5ms"],
    ///   "allow": ["kernel", "scenario-parameters.duration", "new-scenarios"],
    ///   "inconclusive": "warn",
    ///   "scenarios": { "latency-1k": { "limits": { "p99": "10%" }, "floor": "100us" } }
    /// }
    /// ```
    ///
    /// - Throws: What is wrong and where, with the nearest key for a misspelt one.
    package init(decoding bytes: [UInt8]) throws(PolicyError) {
        self.init()
        let value: JSONValue
        do {
            value = try DocumentEncoding.decode(JSONValue.self, bytes)
        } catch {
            if case .notJSON(let detail) = error { throw .notJSON(detail: detail) }
            throw .notJSON(detail: "\(error)")
        }
        let root = PolicyNode(value: value, path: "")
        try root.requireKeys(GateLimits.keys + ["allow", "inconclusive", "scenarios"])
        try limits.apply(root)
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
    fileprivate static let keys = [
        "limits", "floor", "throughput-floor", "minimum-samples-beyond", "series", "ledger", "slo",
    ]

    /// Overrides what the node mentions.
    fileprivate mutating func apply(_ node: PolicyNode) throws(PolicyError) {
        try applyRelative(node)
        if let floor = try node.member("floor") {
            floorNanoseconds = try floor.quantity(.nanoseconds)
        }
        if let floor = try node.member("throughput-floor") {
            floorMessagesPerSecond = try floor.quantity(.messagesPerSecond)
        }
        if let minimum = try node.member("minimum-samples-beyond") {
            minimumSamplesBeyond = try minimum.count()
        }
        if let list = try node.member("series") {
            series = []
            for element in try list.elements() { series.append(try element.seriesName()) }
        }
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
        if let list = try node.member("slo") {
            var parsed: [ServiceLevelObjective] = []
            for element in try list.elements() { parsed.append(try element.objective()) }
            objectives = parsed
        }
    }

    private mutating func applyRelative(_ node: PolicyNode) throws(PolicyError) {
        for (name, limit) in try node.member("limits")?.members() ?? [] {
            guard let metric = RelativeMetric(name) else {
                let known = relative.keys.map(\.name) + ["max", "mean", "p90"]
                throw .unknownKey(
                    path: limit.path, nearest: SpellingHint.nearest(to: name, among: known.sorted())
                )
            }
            relative[metric] = limit.value == .null ? nil : try limit.quantity(.ratio)
        }
    }
}
