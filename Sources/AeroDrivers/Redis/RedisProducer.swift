// One producer: a connection on which messages are appended to streams.

#if RedisDriver
    import AeroIO
    import AeroLoad

    /// Appends messages by XADD, pipelined: each is answered in its turn.
    final class RedisProducer {
        let connection: RedisConnection
        /// It has commands that were not sent yet.
        var needsFlush = false
        private let wantsReplies: Bool
        /// By destination: the command up to the value.
        private let commands: [[UInt8]]
        private var tokens: TokenQueue
        private var claimedToken: UInt32 = 0

        // BOUND: messages of one producer that are not answered; beyond, they wait and are late.
        private static let inFlightCountMax = 1 << 16
        // BOUND: commands of one producer that the kernel has not taken; at least one message.
        private static let commandByteCountMax = 1 << 20
        /// The one field that an entry of a stream has.
        private static let field = "v"

        init(
            _ assignment: ProducerAssignment, _ plan: LoadPlan, _ endpoint: PeerEndpoint
        ) throws(DriverError) {
            let trafficClass = plan.scenario.classes[assignment.classIndex]
            wantsReplies = trafficClass.acknowledgement != .none
            let trimming = Self.trimming(trafficClass)
            commands = (0..<trafficClass.destinationCount).map { destination in
                let stream = plan.streamName(
                    classIndex: assignment.classIndex, destination: destination)
                let words = ["XADD", stream] + trimming + ["*", Self.field]
                return RedisCommands.prepared { commands in
                    commands.appendHeader(count: words.count + 1)
                    for word in words { commands.append(string: word) }
                }
            }
            tokens = TokenQueue(capacity: wantsReplies ? Self.inFlightCountMax : 1)
            connection = try RedisConnection(endpoint)
        }

        /// Retention is by count, about: a stream is cut by whole nodes.
        private static func trimming(_ trafficClass: TrafficClass) -> [String] {
            guard let byteCount = trafficClass.storage.retentionByteCount else { return [] }
            return ["MAXLEN", "~", "\(max(1, byteCount / trafficClass.messageByteCount))"]
        }

        /// The server has let it in.
        func begin() {
            // It would answer without being waited for, and the answers would cost their bytes.
            if !wantsReplies { connection.commands.append(command: ["CLIENT", "REPLY", "OFF"]) }
        }

        /// Makes room for one message; see `DriverWorker.claim`.
        func claim(
            destination: Int, byteCount: Int, token: UInt32
        ) -> UnsafeMutableRawPointer? {
            let waiting = connection.commands.byteCount
            guard !tokens.isFull, waiting == 0 || waiting + byteCount <= Self.commandByteCountMax
            else { return nil }
            claimedToken = token
            connection.commands.append(commands[destination])
            return connection.commands.append(stringOfByteCount: byteCount)
        }

        /// The claimed message is written.
        func commit() {
            if wantsReplies { tokens.put(claimedToken) }
        }

        /// Takes the answers that are there.
        ///
        /// - Throws: When they are not those of its commands.
        func takeReplies<Sink: DriverSink & ~Copyable>(
            _ sink: inout Sink, nowNanoseconds: Int64
        ) throws(DriverError) {
            var addedCount = 0
            while try connection.parse() {
                guard addedCount < tokens.count else {
                    let cause = connection.inbox.failure ?? "an answer to nothing"
                    throw DriverError("go on with the Redis server", cause)
                }
                if let failure = connection.inbox.failure {
                    acknowledge(&addedCount, &sink, nowNanoseconds)
                    sink.failed(tokens.take(1), failure, nowNanoseconds: nowNanoseconds)
                } else {
                    addedCount += 1
                }
                connection.inbox.removeAll()
            }
            acknowledge(&addedCount, &sink, nowNanoseconds)
        }

        private func acknowledge<Sink: DriverSink & ~Copyable>(
            _ count: inout Int, _ sink: inout Sink, _ nowNanoseconds: Int64
        ) {
            while count > 0 {
                let run = tokens.take(count)
                count -= run.count
                sink.acknowledged(run, nowNanoseconds: nowNanoseconds)
            }
        }

        /// Nothing will be answered any more.
        func failAll<Sink: DriverSink & ~Copyable>(
            _ reason: String, _ sink: inout Sink, nowNanoseconds: Int64
        ) {
            while tokens.count > 0 {
                sink.failed(
                    tokens.take(tokens.count), reason, nowNanoseconds: nowNanoseconds)
            }
        }
    }

    extension LoadPlan {
        /// The stream that is a topic-partition of a class.
        func streamName(classIndex: Int, destination: Int) -> String {
            let partitionCount = scenario.classes[classIndex].partitionCount
            let topic = topicName(classIndex: classIndex, topic: destination / partitionCount)
            return "\(topic).\(destination % partitionCount)"
        }
    }
#endif
