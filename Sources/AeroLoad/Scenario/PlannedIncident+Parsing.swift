// `incidents`: what is done to a run, read strictly.

extension PlannedIncident {
    /// Reads `incidents`, in the order of time.
    static func list(_ node: ScenarioNode?) throws(ScenarioError) -> [PlannedIncident] {
        guard let node else { return [] }
        let elements = try node.elements("incidents")
        guard elements.count <= ScenarioLimits.incidents else {
            throw ScenarioError(
                node.position,
                .outOfRange(
                    label: "incidents", text: "\(elements.count) incidents", minimum: "0",
                    maximum: "\(ScenarioLimits.incidents)"))
        }
        var incidents: [PlannedIncident] = []
        for element in elements { incidents.append(try PlannedIncident(element)) }
        return incidents.sorted { $0.atNanoseconds < $1.atNanoseconds }
    }

    /// Reads `KIND@AT:LENGTH[:OPTION=VALUE]…`.
    private init(_ node: ScenarioNode) throws(ScenarioError) {
        let form = "KIND@AT:LENGTH[:OPTION=VALUE], as in pause@5s:500ms"
        let text = try node.scalar("incidents", expected: form)
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        let fields = parts.last?.split(separator: ":", omittingEmptySubsequences: false) ?? []
        guard parts.count == 2, fields.count >= 2 else {
            throw ScenarioError(
                node.position, .badValue(label: "incidents", text: text, expected: form))
        }
        let name = try Self.scalar(parts[0], node).choice("incidents", as: Name.self)
        let label = "incidents: \(name.rawValue)"
        atNanoseconds = try Self.scalar(fields[0], node)
            .quantity(.duration, "\(label) at", in: ScenarioLimits.incidentStartNanoseconds)
        lengthNanoseconds = try Self.scalar(fields[1], node)
            .quantity(.duration, "\(label) for", in: ScenarioLimits.incidentNanoseconds)
        let options = try IncidentOptions(fields[2...], of: name, label, node)
        switch name {
        case .pause: kind = .pause
        case .kill: kind = .kill
        case .disconnect:
            kind = .disconnect(
                shareBillionths: try options.reader.quantity(
                    .share, "share", default: 1_000_000_000,
                    in: ScenarioLimits.disconnectedBillionths))
        case .slowConsumer:
            kind = .slowConsumer(
                className: try options.className(), delayNanoseconds: try options.delay())
        case .backlog: kind = .backlog(className: try options.className())
        case .diskDelay: kind = .diskDelay(nanoseconds: try options.delay())
        }
    }

    fileprivate static func scalar(_ text: Substring, _ node: ScenarioNode) -> ScenarioNode {
        ScenarioNode(position: node.position, content: .scalar(String(text)))
    }
}

/// What stands behind kind and times.
private struct IncidentOptions {
    let reader: MappingReader

    init(
        _ fields: ArraySlice<Substring>, of name: PlannedIncident.Name, _ label: String,
        _ node: ScenarioNode
    ) throws(ScenarioError) {
        var entries: [ScenarioNode.Entry] = []
        for field in fields {
            let words = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard words.count == 2 else {
                throw ScenarioError(
                    node.position,
                    .badValue(
                        label: label, text: String(field),
                        expected: "OPTION=VALUE, as in delay=20ms"))
            }
            let key = String(words[0])
            guard !entries.contains(where: { $0.key == key }) else {
                throw ScenarioError(node.position, .duplicateKey(key, title: label))
            }
            entries.append(
                .init(
                    key: key, keyPosition: node.position,
                    value: PlannedIncident.scalar(words[1], node)))
        }
        let keys: [String] =
            switch name {
            case .pause, .kill: []
            case .disconnect: ["share"]
            case .slowConsumer: ["class", "delay"]
            case .backlog: ["class"]
            case .diskDelay: ["delay"]
            }
        reader = try MappingReader(
            ScenarioNode(position: node.position, content: .mapping(entries)), title: label,
            labelPrefix: "\(label) ", keys: keys)
    }

    func className() throws(ScenarioError) -> String? {
        try reader.value("class")?.name(reader.label("class"))
    }

    func delay() throws(ScenarioError) -> Int64 {
        try reader.requiredQuantity(.duration, "delay", in: ScenarioLimits.delayNanoseconds)
    }
}

extension PlannedIncident {
    /// Refuses what the run of a scenario cannot play.
    static func check(_ scenario: Scenario, _ reader: MappingReader) throws(ScenarioError) {
        func refuse(_ explanation: String) -> ScenarioError {
            reader.contradiction(at: "incidents", explanation)
        }
        guard let last = scenario.incidents.last else { return }
        guard !scenario.isWarmupAutomatic else {
            throw refuse(
                "their times count from a window whose start `warmup: auto` leaves open; "
                    + "give the warm-up a length")
        }
        for (incident, next) in zip(scenario.incidents, scenario.incidents.dropFirst())
        where next.atNanoseconds < incident.endNanoseconds {
            throw refuse("\(next.text) begins before \(incident.text) is over")
        }
        guard last.endNanoseconds < scenario.durationNanoseconds else {
            throw refuse(
                "\(last.text) is over after \(ScenarioUnit.duration.text(last.endNanoseconds)), "
                    + "and \(ScenarioUnit.duration.text(scenario.durationNanoseconds)) are measured"
            )
        }
        for incident in scenario.incidents {
            if let problem = incident.problem(with: scenario.classes) { throw refuse(problem) }
        }
    }

    /// What is wrong with it in a run of some classes; nil for nothing.
    private func problem(with classes: [TrafficClass]) -> String? {
        switch kind {
        case .pause, .disconnect: return nil
        case .kill:
            guard let lost = classes.first(where: { !$0.storage.needsDisk }) else { return nil }
            return "the topics of class \(lost.name) are volatile and do not survive a kill; "
                + "set classes.\(lost.name).durability"
        case .diskDelay:
            guard !classes.contains(where: \.storage.needsDisk) else { return nil }
            return "no class is durable, so there is no disk to delay; set classes."
                + "\(classes[0].name).durability"
        case .slowConsumer(let className, _), .backlog(let className):
            let named = classes.filter { className ?? $0.name == $0.name }
            if named.isEmpty { return "there is no class \(className ?? "")" }
            guard !named.contains(where: { $0.groupCount > 0 }) else { return nil }
            return "\(text) is about consumers, and there are none: groups is 0"
        }
    }
}
