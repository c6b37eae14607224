// Writes a scenario back with every default filled in.

extension Scenario {
    /// The scenario as a tree with every key written, in the units and spellings of scenario files.
    ///
    /// `Scenario.parse` of its JSON gives an equal scenario: a result can be run again as it is.
    package var resolvedTree: ScenarioTree { tree(files: \.name) }

    /// The same, with another way to name the files that the scenario names.
    func tree(files: KeyPath<DataFile, String>) -> ScenarioTree {
        var members: [ScenarioTree.Member] = [.init(key: "name", value: .text(name))]
        // An empty description cannot be written: a key needs a value.
        if !description.isEmpty {
            members.append(.init(key: "description", value: .text(description)))
        }
        members += [
            .init(key: "seed", value: .integer(seed)),
            .init(key: "duration", value: .duration(durationNanoseconds)),
            .init(key: "warmup", value: .text(warmup.text)),
            .init(key: "interval", value: .duration(intervalNanoseconds)),
            .init(key: "driver", value: .text(driver)),
            .init(key: "broker", value: broker.tree),
        ]
        if let target { members.append(.init(key: "target", value: target.tree)) }
        members.append(.init(key: "workers", value: .count(workerCount)))
        // A default is left out, as that of stages is.
        if processCount > 1 { members.append(.init(key: "processes", value: .count(processCount))) }
        members += [
            .init(key: "classes", value: .list(classes.map { $0.tree(files: files) })),
            .init(key: "slo", value: .list(objectives.map { .text($0.text) })),
        ]
        // Defaults are left out: results from before the keys stay comparable.
        if let stages { members += stages.members }
        if !incidents.isEmpty {
            members.append(
                .init(key: "incidents", value: .list(incidents.map { .text($0.text) })))
        }
        return .object(members)
    }
}

extension Scenario {
    private var warmup: WarmupSetting {
        WarmupSetting(nanoseconds: warmupNanoseconds, isAutomatic: isWarmupAutomatic)
    }
}

extension ScenarioTree {
    static func duration(_ nanoseconds: Int64) -> ScenarioTree {
        .text(ScenarioUnit.duration.text(nanoseconds))
    }

    static func size(_ byteCount: Int) -> ScenarioTree {
        .text(ScenarioUnit.byteCount.text(Int64(byteCount)))
    }

    static func count(_ value: Int) -> ScenarioTree { .integer(UInt64(value)) }
}

extension BrokerOptions {
    fileprivate var tree: ScenarioTree {
        var members: [ScenarioTree.Member] = [
            .init(key: "shards", value: .count(shardCount)),
            .init(key: "buffers", value: .text(buffers.rawValue)),
            .init(key: "poller", value: .text(poller.rawValue)),
        ]
        // Only what is no default, so that results from before there was a choice stay comparable.
        if malloc != .libc { members.append(.init(key: "malloc", value: .text(malloc.rawValue))) }
        return .object(members)
    }
}

extension TrafficClass {
    fileprivate func tree(files: KeyPath<DataFile, String>) -> ScenarioTree {
        .object(
            [
                .init(key: "name", value: .text(name)),
                .init(key: "topics", value: .count(topicCount)),
                .init(key: "partitions", value: .count(partitionCount)),
                .init(key: "producers", value: .count(producerCount)),
                .init(key: "consumers-per-group", value: .count(consumersPerGroup)),
                .init(key: "groups", value: .count(groupCount)),
            ] + messageSize.members(files: files) + [
                .init(key: "payload", value: .text(payload.rawValue))
            ] + compressibleMembers + [
                .init(key: "load", value: load.tree(files: files)),
                .init(key: "batch", value: batch.tree),
                .init(key: "acks", value: .text(acknowledgement.rawValue)),
                .init(key: "consume", value: .text(consume.rawValue)),
                .init(key: "keys", value: keys.tree),
            ] + handlingMembers + storage.members)
    }

    private var handlingMembers: [ScenarioTree.Member] {
        handling.map { [.init(key: "handling", value: $0.tree)] } ?? []
    }

    /// What isn't the default, so that results from before there was a choice stay comparable.
    private var compressibleMembers: [ScenarioTree.Member] {
        guard compressibleBillionths > 0 else { return [] }
        return [
            .init(
                key: "compressible",
                value: .text(ScenarioUnit.share.text(compressibleBillionths)))
        ]
    }
}

extension BatchOptions {
    fileprivate var tree: ScenarioTree {
        .object([
            .init(key: "messages", value: .count(messageCount)),
            .init(key: "bytes", value: .size(byteCount)),
            .init(key: "linger", value: .duration(lingerNanoseconds)),
            .init(key: "compression", value: .text(compression.rawValue)),
            .init(key: "sizing", value: .text(sizing.rawValue)),
        ])
    }
}
