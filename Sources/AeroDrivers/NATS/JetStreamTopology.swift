// The streams of a run and their consumers.

#if NATSDriver
    import AeroLoad
    import CNATS

    /// What the server keeps for one class: a stream for each destination, and on it a durable
    /// consumer for each group.
    struct JetStreamTopology {
        private let plan: LoadPlan
        private let classIndex: Int
        private let names: NATSSubjects
        private let each: TrafficClass

        // A message that is not acknowledged for so long is delivered again: longer than a run
        // waits.
        private static let acknowledgementWaitNanoseconds: Int64 = 600_000_000_000
        // BOUND: of a stream in memory that nobody reads.
        private static let unreadByteCountMax: Int64 = 64 << 20

        init(_ plan: LoadPlan, classIndex: Int) {
            self.plan = plan
            self.classIndex = classIndex
            names = NATSSubjects(plan, classIndex: classIndex)
            each = plan.scenario.classes[classIndex]
        }

        /// Whether a message goes once every group has acknowledged it, as in a volatile topic of
        /// AeroMQ; otherwise streams keep all, up to the scenario's bound.
        static func dropsWhatIsAcknowledged(_ each: TrafficClass) -> Bool {
            each.storage.durability == .volatile && each.storage.retentionByteCount == nil
                && each.groupCount > 0
        }

        /// Makes streams and consumers.
        func create(_ context: OpaquePointer) throws(DriverError) {
            for destination in 0..<each.destinationCount {
                try createStream(context, destination)
                for group in 0..<each.groupCount {
                    try createConsumer(context, destination, group)
                }
            }
        }

        /// Removes the streams, and with them their consumers; those that are not there are gone.
        ///
        /// - Throws: The first failure, after all others were removed.
        func delete(_ context: OpaquePointer) throws(DriverError) {
            var failure: DriverError?
            for destination in 0..<each.destinationCount {
                let name = names.stream(destination: destination)
                let status = js_DeleteStream(context, name, nil, nil)
                guard status != NATS_NOT_FOUND else { continue }
                do throws(DriverError) {
                    try NATSFailure.check(status, "delete stream \(name)")
                } catch {
                    failure = failure ?? error
                }
            }
            if let failure { throw failure }
        }

        private func createStream(
            _ context: OpaquePointer, _ destination: Int
        ) throws(DriverError) {
            let name = names.stream(destination: destination)
            let texts = CTexts([name, names.message(destination: destination)])
            var configuration = jsStreamConfig()
            var status = jsStreamConfig_Init(&configuration)
            configuration.Name = texts[0]
            configuration.SubjectsLen = 1
            configuration.Replicas = 1
            configuration.Discard = js_DiscardOld
            configuration.Storage =
                each.storage.durability == .volatile ? js_MemoryStorage : js_FileStorage
            configuration.MaxBytes = byteCountMax
            configuration.Retention =
                Self.dropsWhatIsAcknowledged(each) ? js_InterestPolicy : js_LimitsPolicy
            var subject: UnsafePointer<CChar>? = texts[1]
            if status == NATS_OK {
                status = withUnsafeMutablePointer(to: &subject) { subject in
                    configuration.Subjects = subject
                    return js_AddStream(nil, context, &configuration, nil, nil)
                }
            }
            // The texts outlive the call.
            withExtendedLifetime(texts) {}
            try NATSFailure.check(status, "create stream \(name)")
        }

        /// Of one stream; -1 for no bound.
        private var byteCountMax: Int64 {
            if let byteCount = each.storage.retentionByteCount { return Int64(byteCount) }
            let isUnreadInMemory = each.storage.durability == .volatile && each.groupCount == 0
            return isUnreadInMemory ? Self.unreadByteCountMax : -1
        }

        private func createConsumer(
            _ context: OpaquePointer, _ destination: Int, _ group: Int
        ) throws(DriverError) {
            let name = plan.groupName(classIndex: classIndex, group: group)
            let consumer = destination % each.consumersPerGroup
            let texts = CTexts([
                names.stream(destination: destination), name,
                names.pushes(group: group, consumer: consumer),
            ])
            var configuration = jsConsumerConfig()
            var status = jsConsumerConfig_Init(&configuration)
            configuration.Durable = texts[1]
            configuration.DeliverPolicy = js_DeliverAll
            configuration.AckPolicy = js_AckExplicit
            configuration.AckWait = Self.acknowledgementWaitNanoseconds
            configuration.MaxAckPending = Int64(JetStreamWindow.messageCount(of: each))
            if each.consume == .push { configuration.DeliverSubject = texts[2] }
            if status == NATS_OK {
                status = js_AddConsumer(nil, context, texts[0], &configuration, nil, nil)
            }
            withExtendedLifetime(texts) {}
            try NATSFailure.check(status, "create consumer \(name)")
        }
    }
#endif
