// The control side of a Kafka broker, as far as a driver's preparations go.

#if KafkaDriver
    import AeroIO
    import Synchronization

    /// Answers what librdkafka asks before and after a run: who are you, let me in, make topics,
    /// what are they set to, delete them. It stores no messages.
    ///
    /// Written from the protocol's published tables, in the oldest versions that have what is
    /// needed; what is tested with it is tested against these tables, and not against a broker.
    final class KafkaScript: Sendable {
        /// A topic that was asked for.
        struct Topic: Equatable {
            let partitionCount: Int32
            let settings: [String: String]
        }

        private let topics = Mutex<[String: Topic]>([:])
        private let password: String?
        /// A setting that the broker does not keep to.
        private let stubbornSetting: String?
        private let port = Atomic<Int>(0)

        /// Topics that exist, by name.
        var existing: [String: Topic] { topics.withLock { $0 } }

        init(password: String? = nil, stubbornSetting: String? = nil) {
            self.password = password
            self.stubbornSetting = stubbornSetting
        }

        static func run(_ script: KafkaScript, _ body: (ScriptedServer) throws -> Void) throws {
            try ScriptedServer.run { (socket) throws(Errno) in
                try script.serve(socket)
            } _: { server in
                script.port.store(Int(server.address.port), ordering: .relaxed)
                try body(server)
            }
        }

        /// The requests that it knows, each with its newest version here.
        private enum Request: Int16, CaseIterable {
            case metadata = 3
            case saslHandshake = 17
            case apiVersions = 18
            case createTopics = 19
            case deleteTopics = 20
            case describeConfigs = 32
            case saslAuthenticate = 36

            var version: Int16 {
                switch self {
                case .metadata: 2
                case .createTopics: 4
                case .saslHandshake, .deleteTopics, .describeConfigs: 1
                case .apiVersions, .saslAuthenticate: 0
                }
            }
        }

        private func serve(_ socket: BlockingSocket) throws(Errno) {
            // BOUND: ends with the connection.
            while true {
                let head = try socket.read(byteCount: 4)
                guard head.count == 4 else { return }
                var sizeReader = KafkaFields(head)
                var request = KafkaFields(
                    try socket.read(byteCount: Int(sizeReader.integer() as Int32)))
                let key: Int16 = request.integer()
                let version: Int16 = request.integer()
                let correlation: Int32 = request.integer()
                _ = request.text()
                guard let kind = Request(rawValue: key) else { return }
                var answer = KafkaFields()
                answer.add(correlation)
                if kind == .apiVersions, version > kind.version {
                    // As it must be: in the oldest version, with the error and nothing else.
                    answer.add(Int16(35))
                    answer.add(Int32(0))
                } else {
                    reply(to: kind, &request, &answer)
                }
                var frame = KafkaFields()
                frame.add(Int32(answer.bytes.count))
                try socket.write(frame.bytes + answer.bytes)
            }
        }

        private func reply(
            to kind: Request, _ request: inout KafkaFields, _ answer: inout KafkaFields
        ) {
            switch kind {
            case .apiVersions:
                answer.add(Int16(0))
                answer.add(Int32(Request.allCases.count))
                for each in Request.allCases {
                    answer.add(each.rawValue)
                    answer.add(Int16(0))
                    answer.add(each.version)
                }
            case .saslHandshake:
                answer.add(Int16(0))
                answer.add(Int32(1))
                answer.add("PLAIN")
            case .saslAuthenticate:
                let said = request.blob().split(separator: 0, omittingEmptySubsequences: false)
                let isRight = said.last.map { String(decoding: $0, as: UTF8.self) } == password
                answer.add(isRight ? Int16(0) : 58)
                answer.add(isRight ? nil : "Invalid credentials")
                answer.add(Int32(0))
            case .metadata: describe(&request, &answer)
            case .createTopics: create(&request, &answer)
            case .deleteTopics:
                let names = request.list { $0.text() ?? "" }
                topics.withLock { topics in for name in names { topics[name] = nil } }
                answer.add(Int32(0))
                answer.add(Int32(names.count))
                for name in names {
                    answer.add(name)
                    answer.add(Int16(0))
                }
            case .describeConfigs: describeSettings(&request, &answer)
            }
        }

        private func describe(_ request: inout KafkaFields, _ answer: inout KafkaFields) {
            let names = request.list { $0.text() ?? "" }
            answer.add(Int32(1))
            answer.add(Int32(7))
            answer.add("127.0.0.1")
            answer.add(Int32(port.load(ordering: .relaxed)))
            answer.add(nil)
            answer.add("scripted")
            answer.add(Int32(7))
            answer.add(Int32(names.count))
            for name in names {
                let found = topics.withLock { $0[name] }
                answer.add(Int16(found == nil ? 3 : 0))
                answer.add(name)
                answer.bytes.append(0)
                answer.add(found?.partitionCount ?? 0)
                for partition in 0..<(found?.partitionCount ?? 0) {
                    answer.add(Int16(0))
                    answer.add(partition)
                    answer.add(Int32(7))
                    for _ in 0..<2 {
                        answer.add(Int32(1))
                        answer.add(Int32(7))
                    }
                }
            }
        }

        private func create(_ request: inout KafkaFields, _ answer: inout KafkaFields) {
            let wanted = request.list { field -> (String, Topic) in
                let name = field.text() ?? ""
                let partitionCount: Int32 = field.integer()
                _ = field.integer() as Int16
                _ = field.list { _ = $0.integer() as Int32 }
                let settings = field.list { ($0.text() ?? "", $0.text() ?? "") }
                return (
                    name,
                    Topic(
                        partitionCount: partitionCount,
                        settings: Dictionary(settings, uniquingKeysWith: { $1 }))
                )
            }
            answer.add(Int32(0))
            answer.add(Int32(wanted.count))
            for (name, topic) in wanted {
                let isNew = topics.withLock { topics in
                    defer { topics[name] = topics[name] ?? topic }
                    return topics[name] == nil
                }
                answer.add(name)
                answer.add(isNew ? Int16(0) : 36)
                answer.add(isNew ? nil : "Topic '\(name)' already exists.")
            }
        }

        private func describeSettings(_ request: inout KafkaFields, _ answer: inout KafkaFields) {
            let names = request.list { field -> String in
                field.position += 1
                let name = field.text() ?? ""
                _ = field.list { $0.text() }
                return name
            }
            answer.add(Int32(0))
            answer.add(Int32(names.count))
            for name in names {
                let settings = topics.withLock { $0[name]?.settings ?? [:] }
                answer.add(Int16(0))
                answer.add(nil)
                answer.bytes.append(2)
                answer.add(name)
                answer.add(Int32(settings.count))
                for (setting, value) in settings {
                    answer.add(setting)
                    answer.add(setting == stubbornSetting ? "9223372036854775807" : value)
                    // Writable, set for the topic, no secret, no synonyms.
                    answer.bytes += [0, 1, 0]
                    answer.add(Int32(0))
                }
            }
        }
    }

    /// Fields of Kafka's protocol, one after the other, big-endian.
    struct KafkaFields {
        var bytes: [UInt8]
        var position = 0

        init(_ bytes: [UInt8] = []) { self.bytes = bytes }

        mutating func integer<Number: FixedWidthInteger>() -> Number {
            var number: Number = 0
            for _ in 0..<(Number.bitWidth / 8) {
                number =
                    number << 8
                    | Number(truncatingIfNeeded: position < bytes.count ? bytes[position] : 0)
                position += 1
            }
            return number
        }

        /// Nil where the length is below zero.
        mutating func text() -> String? {
            let count: Int16 = integer()
            guard count >= 0 else { return nil }
            return String(decoding: taken(Int(count)), as: UTF8.self)
        }

        mutating func blob() -> [UInt8] {
            let count: Int32 = integer()
            return Array(taken(max(Int(count), 0)))
        }

        mutating func list<Element>(_ element: (inout KafkaFields) -> Element) -> [Element] {
            let count: Int32 = integer()
            return (0..<max(count, 0)).map { _ in element(&self) }
        }

        private mutating func taken(_ count: Int) -> ArraySlice<UInt8> {
            let end = min(position + count, bytes.count)
            defer { position = end }
            return bytes[min(position, end)..<end]
        }

        mutating func add<Number: FixedWidthInteger>(_ number: Number) {
            withUnsafeBytes(of: number.bigEndian) { bytes += $0 }
        }

        mutating func add(_ text: String?) {
            add(text.map { Int16($0.utf8.count) } ?? -1)
            bytes += (text ?? "").utf8
        }
    }
#endif
