// What RabbitMQ means by the words of a scenario.

#if RabbitMQDriver
    import AeroLoad

    extension TargetPromise {
        /// What a RabbitMQ server promises for a class.
        ///
        /// - Parameters:
        ///   - trafficClass: What the scenario asks for.
        ///   - serverVersion: As the server says it, such as "3.10.8".
        init(ofRabbitMQ trafficClass: TrafficClass, serverVersion: String) {
            let kind = RabbitMQQueueKind(trafficClass.storage.durability)
            let isAcknowledged = trafficClass.acknowledgement != .none
            let syncsClassic = Self.classicQueuesSync(serverVersion)
            let kept: (TopicStorage.Durability, String) =
                switch kind {
                case .transient: (.volatile, "a transient classic queue, once it has the message")
                case .classic where syncsClassic:
                    (.sync, "a durable classic queue, after it wrote and synced the message")
                case .classic: (.os, "a durable classic queue, after it wrote the message")
                case .quorum:
                    (.sync, "a quorum queue, after a majority of its members synced its log")
                }
            self.init(
                durability: isAcknowledged ? kept.0 : nil,
                acknowledgement: isAcknowledged
                    ? "publisher confirm of \(kept.1)" : "none is waited for",
                ordering: "of each producer and topic-partition",
                groups: "a queue for each group and topic-partition; each message is copied to all",
                batching: "pipelined; what is due leaves in one write, a confirm may cover many")
            differences = Self.differences(trafficClass, kind, syncsClassic: syncsClassic)
        }

        /// Up to version 3, queues of the first version sync their index before they confirm. Those
        /// of the second, the only ones from version 4 on, do not.
        private static func classicQueuesSync(_ serverVersion: String) -> Bool {
            let major = serverVersion.prefix { $0 != "." }
            return Int(major).map { $0 < 4 } ?? false
        }

        private static func differences(
            _ trafficClass: TrafficClass, _ kind: RabbitMQQueueKind, syncsClassic: Bool
        ) -> [String] {
            var differences: [String] = []
            if case .interval = trafficClass.storage.durability {
                differences.append(
                    "durability: there is no sync at intervals; quorum queues sync every message")
            }
            if kind == .classic, syncsClassic, trafficClass.acknowledgement != .none {
                differences.append(
                    "durability: a confirm waits for a sync, too, which os does not ask for")
            }
            if trafficClass.consume == .pull {
                differences.append(
                    "consume: the server pushes, up to the prefetch count; pulling would take a "
                        + "round trip for each message")
            }
            if trafficClass.batch.lingerNanoseconds > 0 {
                differences.append("batch.linger: messages have no batch to wait in")
            }
            if trafficClass.batch.compression != .none {
                differences.append("batch.compression: messages are sent as they are")
            }
            if trafficClass.keys != .none {
                differences.append("keys: a message carries none, its topic-partition follows it")
            }
            if trafficClass.storage.retentionByteCount != nil, trafficClass.groupCount > 0 {
                differences.append("retention-size: a queue keeps messages until they are consumed")
            }
            return differences
        }
    }
#endif
