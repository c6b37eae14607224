// One consumer of a group: a connection on which streams are read and acknowledged.

#if RedisDriver
    import AeroIO
    import AeroLoad

    /// Reads its streams by XREADGROUP and acknowledges by XACK what it was given.
    ///
    /// One read is under way at a time. The server holds it until there is something, which blocks
    /// nobody here. What a read brought is acknowledged in front of the next read, by one command
    /// for each stream.
    final class RedisConsumer {
        let connection: RedisConnection
        /// Its index in the worker's assignment.
        let index: Int
        /// Whether handling takes time: it reads on when what it has is handled.
        let isPaced: Bool
        /// A read is under way.
        private(set) var isReading = false
        /// The reply that has begun is that of the read, and not of an acknowledgement.
        private var answersRead = false
        private let destinations: [Int]
        /// By position in `destinations`.
        private let streams: [[UInt8]]
        private let readCommand: [UInt8]
        /// By position: the strings of an XACK in front of the identifiers.
        private let acknowledgements: [[UInt8]]
        /// The position of the stream that is being read; -1 for none.
        private var position = -1
        /// The identifiers of its entries, as strings of a command.
        private var entries = RedisCommands(capacity: 1 << 12)
        private var entryCount = 0

        /// Bytes of messages that one read brings of all streams together.
        private static let readByteCountDefault = 1 << 20
        /// Messages that one read brings of one stream.
        private static let readCounts = 16...1_000
        /// How long the server holds a read.
        private static let blockMilliseconds = 1_000
        /// Strings of an XACK in front of the identifiers.
        private static let acknowledgementWordCount = 3

        init(
            _ index: Int, _ assignment: ConsumerAssignment, _ plan: LoadPlan,
            _ endpoint: PeerEndpoint
        ) throws(DriverError) {
            self.index = index
            let trafficClass = plan.scenario.classes[assignment.classIndex]
            destinations = assignment.destinations
            isPaced = trafficClass.handling != nil
            let names = destinations.map {
                plan.streamName(classIndex: assignment.classIndex, destination: $0)
            }
            streams = names.map { Array($0.utf8) }
            let group = plan.groupName(
                classIndex: assignment.classIndex, group: assignment.group)
            let read =
                ["XREADGROUP", "GROUP", group, "consumer-\(assignment.consumer)"]
                + ["COUNT", "\(Self.readCount(trafficClass, streamCount: names.count))"]
                + ["BLOCK", "\(Self.blockMilliseconds)", "STREAMS"]
                + names + names.map { _ in ">" }
            readCommand = RedisCommands.prepared { $0.append(command: read) }
            acknowledgements = names.map { name in
                RedisCommands.prepared { commands in
                    for word in ["XACK", name, group] { commands.append(string: word) }
                }
            }
            connection = try RedisConnection(endpoint)
        }

        private static func readCount(_ trafficClass: TrafficClass, streamCount: Int) -> Int {
            if let window = trafficClass.handling?.windowByteCount {
                return max(1, min(window / trafficClass.messageByteCount, readCounts.upperBound))
            }
            let fitting = readByteCountDefault / (trafficClass.messageByteCount * streamCount)
            return min(max(fitting, readCounts.lowerBound), readCounts.upperBound)
        }

        /// Asks for more; not when it has asked already.
        func read() {
            guard !isReading else { return }
            connection.commands.append(readCommand)
            isReading = true
        }

        /// Takes what has come, and reads on when it may.
        ///
        /// - Throws: When the server refuses, or says something else.
        func takeReplies<Sink: DriverSink & ~Copyable>(
            _ sink: inout Sink, nowNanoseconds: Int64
        ) throws(DriverError) {
            while true {
                let isComplete = try connection.parse()
                for item in connection.inbox.items { try take(item, &sink, nowNanoseconds) }
                connection.inbox.removeAll()
                guard isComplete else { return }
                if answersRead { finishRead() }
            }
        }

        private func finishRead() {
            acknowledge()
            position = -1
            answersRead = false
            isReading = false
            if !isPaced { read() }
        }

        private func take<Sink: DriverSink & ~Copyable>(
            _ item: RedisInbox.Item, _ sink: inout Sink, _ nowNanoseconds: Int64
        ) throws(DriverError) {
            let bytes = connection.inbox.bytes(of: item)
            switch item.part {
            case .value:
                guard position >= 0 else { throw Self.misunderstood("a message of no stream") }
                sink.delivered(
                    consumer: index, destination: destinations[position], value: bytes,
                    nowNanoseconds: nowNanoseconds)
            case .entry:
                entries.append(string: bytes)
                entryCount += 1
            case .stream:
                acknowledge()
                position = try position(of: bytes)
            case .list, .null: answersRead = true
            case .number: break  // So many entries were acknowledged.
            case .failure:
                throw DriverError(
                    "read from the Redis server", String(decoding: bytes, as: UTF8.self))
            case .text: throw Self.misunderstood("a text")
            }
        }

        private static func misunderstood(_ what: String) -> DriverError {
            DriverError("read from the Redis server", "it answered with \(what)")
        }

        /// Which stream has this name; those of a reply come in the order of the command.
        private func position(of name: UnsafeRawBufferPointer) throws(DriverError) -> Int {
            for distance in 1...streams.count {
                let candidate = (position + distance) % streams.count
                if streams[candidate].elementsEqual(name) { return candidate }
            }
            throw Self.misunderstood("a stream that nobody reads")
        }

        /// Acknowledges the entries of the stream that was read.
        private func acknowledge() {
            guard entryCount > 0, position >= 0 else { return }
            connection.commands.appendHeader(count: Self.acknowledgementWordCount + entryCount)
            connection.commands.append(acknowledgements[position])
            connection.commands.append(entries.bytes)
            entries.removeAll()
            entryCount = 0
        }
    }
#endif
