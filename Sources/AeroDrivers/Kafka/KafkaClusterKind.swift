// What a Kafka cluster means by the words of a scenario.

#if KafkaDriver
    import AeroLoad

    /// What answers at an endpoint.
    enum KafkaClusterKind: Equatable {
        /// Brokers with logs on disks.
        case brokers
        /// The cluster for tests inside librdkafka, see `KafkaTestCluster`.
        case tests

        /// - Parameter identifier: What the cluster calls itself.
        init(identifier: String?) {
            self = identifier?.hasPrefix("mockCluster") == true ? .tests : .brokers
        }

        /// Whether topics can be created, described and deleted. The cluster for tests knows
        /// nothing of that: a topic is there once somebody has asked for it, and then for good.
        var isAdministered: Bool { self == .brokers }

        // Of the cluster for tests: the same for all topics, and not to be changed.
        static let testPartitionCount = 4
        private static let testLog = "the last 5 MiB of a partition"

        /// Refuses what would not be what the scenario says.
        func check(_ each: TrafficClass) throws(DriverError) {
            let action = "load class \(each.name)"
            if case .interval = each.storage.durability {
                throw DriverError(
                    action,
                    "Kafka syncs after each message (sync) or leaves it to the system (os), and "
                        + "not at intervals; set durability to one of these")
            }
            guard self == .tests else { return }
            guard each.storage.durability == .volatile else {
                throw DriverError(
                    action,
                    "librdkafka's cluster for tests has no disk; set durability to volatile, or "
                        + "name a real cluster with --endpoint")
            }
            guard each.partitionCount <= Self.testPartitionCount else {
                throw DriverError(
                    action,
                    "topics of librdkafka's cluster for tests have \(Self.testPartitionCount) "
                        + "partitions; set partitions to no more, or name a real cluster with "
                        + "--endpoint")
            }
        }

        /// What a class is promised.
        func promise(_ each: TrafficClass) -> TargetPromise {
            var promise = TargetPromise(
                durability: each.acknowledgement == .none ? nil : durability(each),
                acknowledgement: acknowledgement(each),
                ordering: "of each producer in each partition",
                groups: "each group reads every partition once; partitions are assigned, offsets "
                    + "committed once a second",
                batching:
                    "batches of one partition, by linger.ms, batch.num.messages and batch.size "
                    + "(framing included)")
            promise.differences = differences(each)
            return promise
        }

        private func durability(_ each: TrafficClass) -> TopicStorage.Durability {
            switch (self, each.storage.durability) {
            case (.tests, _): .volatile
            case (.brokers, .sync): .sync
            case (.brokers, _): .os
            }
        }

        private func acknowledgement(_ each: TrafficClass) -> String {
            let place =
                switch (self, each.storage.durability) {
                case (.tests, _): "librdkafka's cluster for tests has it in memory"
                case (.brokers, .sync): "in its log, synced after each message (flush.messages=1)"
                case (.brokers, _): "in its log, in the page cache"
                }
            return switch (each.acknowledgement, self) {
            case (.none, _): "none; acks=0, without retries"
            case (_, .tests): place
            case (.leader, .brokers): "the leader has it \(place); acks=1, without retries"
            case (.all, .brokers): "every replica in sync has it \(place); acks=all, idempotent"
            }
        }

        private func differences(_ each: TrafficClass) -> [String] {
            var differences: [String] = []
            if self == .tests {
                differences.append(
                    "this is librdkafka's cluster for tests and no broker: one thread, no "
                        + "replicas, \(Self.testLog); what falls out of it before a group has "
                        + "read it is lost"
                )
                if each.storage.retentionByteCount != nil {
                    differences.append("retention-size is not kept: it is \(Self.testLog)")
                }
            } else if each.storage.durability == .volatile, each.acknowledgement != .none {
                differences.append(
                    "volatile was asked for; Kafka writes every message to a log, so it is os")
            }
            if each.groupCount > 0, each.consume == .push {
                differences.append(
                    "push was asked for; Kafka's consumers ask, and librdkafka does so ahead"
                )
            }
            if each.groupCount > 0, each.handling != nil {
                differences.append(
                    "slow consumers hold back what librdkafka hands over, and not what it fetches "
                        + "ahead (64 MiB)")
            }
            if each.batch.sizing == .adaptive {
                differences.append(
                    "adaptive batches were asked for; librdkafka fills them by fixed limits")
            }
            return differences
        }
    }
#endif
