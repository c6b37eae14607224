// One producer: a connection on which messages are published.

#if MQTTDriver
    import AeroLoad
    import CMosquitto

    /// Publishes messages, each in a packet of its own that leaves at once.
    final class MQTTProducer {
        let connection: MQTTConnection
        /// It has published since its connection was last looked at.
        var needsFlush = false
        private let quality: Int32
        /// By destination.
        private let topics: [[CChar]]
        /// Where the engine writes the value that is published next.
        private let room: UnsafeMutableRawPointer
        private var claimed: (destination: Int, byteCount: Int, token: UInt32) = (0, 0, 0)
        /// By the identifier of its packet: the token of a message that is not answered.
        private let tokens: UnsafeMutablePointer<UInt32>
        private var inFlightCount = 0
        /// Messages that the library did not take, with its status.
        private var refused: [(token: UInt32, status: Int32)] = []

        private static let identifierCount = 1 << 16
        private static let noToken = UInt32.max
        // BOUND: messages of one producer that are not answered; beyond, they wait and are late.
        // The library looks at each of them with each answer.
        private static let inFlightCountMax = 4_096

        init(
            _ index: Int, _ assignment: ProducerAssignment, _ worker: Int, _ plan: LoadPlan,
            _ endpoint: PeerEndpoint
        ) throws(DriverError) {
            let trafficClass = plan.scenario.classes[assignment.classIndex]
            quality = trafficClass.qualityOfService
            connection = try MQTTConnection(
                endpoint, name: "\(plan.runId)-producer-\(worker)-\(index)",
                hearsAnswers: quality > 0)
            topics = (0..<trafficClass.destinationCount).map {
                Array(
                    plan.topicPath(classIndex: assignment.classIndex, destination: $0)
                        .utf8CString)
            }
            room = .allocate(byteCount: trafficClass.messageByteCount, alignment: 16)
            tokens = .allocate(capacity: Self.identifierCount)
            tokens.initialize(repeating: Self.noToken, count: Self.identifierCount)
        }

        deinit {
            room.deallocate()
            tokens.deallocate()
        }

        /// Makes room for one message; see `DriverWorker.claim`.
        func claim(destination: Int, byteCount: Int, token: UInt32) -> UnsafeMutableRawPointer? {
            guard inFlightCount < Self.inFlightCountMax, !connection.isBlocked else { return nil }
            claimed = (destination, byteCount, token)
            return room
        }

        /// The claimed message is written.
        func commit() {
            let value = UnsafeRawBufferPointer(start: room, count: claimed.byteCount)
            let (identifier, status) = topics[claimed.destination].withUnsafeBufferPointer {
                connection.publish(topic: $0.baseAddress, value, quality: quality)
            }
            guard status == MOSQ_ERR_SUCCESS.value else {
                refused.append((claimed.token, status))
                return
            }
            guard quality > 0 else { return }
            tokens[identifier] = claimed.token
            inFlightCount += 1
        }

        /// Takes the answers that are there, each with the time at which it arrived: reading a
        /// backlog takes long.
        func takeAnswers<Sink: DriverSink & ~Copyable>(_ sink: inout Sink) {
            for answer in connection.inbox.answers {
                let token = tokens[answer.identifier]
                guard token != Self.noToken else { continue }
                tokens[answer.identifier] = Self.noToken
                inFlightCount -= 1
                if MQTTConnection.isRefusal(answer.reason) {
                    fail(
                        token, MQTTConnection.reasonText(answer.reason), &sink, answer.nanoseconds)
                } else {
                    withUnsafePointer(to: token) {
                        sink.acknowledged(
                            UnsafeBufferPointer(start: $0, count: 1),
                            nowNanoseconds: answer.nanoseconds)
                    }
                }
            }
            connection.inbox.removeAll()
        }

        /// Reports the messages that the library did not take.
        func takeRefusals<Sink: DriverSink & ~Copyable>(
            _ sink: inout Sink, nowNanoseconds: Int64
        ) {
            guard !refused.isEmpty else { return }
            for (token, status) in refused {
                let cause = MQTTConnection.text(of: status)
                if quality > 0 {
                    fail(token, cause, &sink, nowNanoseconds)
                } else {
                    sink.noted("a message was not sent: \(cause)", nowNanoseconds: nowNanoseconds)
                }
            }
            refused.removeAll(keepingCapacity: true)
        }

        /// Nothing will be answered any more.
        func failAll<Sink: DriverSink & ~Copyable>(
            _ reason: String, _ sink: inout Sink, nowNanoseconds: Int64
        ) {
            takeRefusals(&sink, nowNanoseconds: nowNanoseconds)
            guard inFlightCount > 0 else { return }
            for identifier in 0..<Self.identifierCount where tokens[identifier] != Self.noToken {
                fail(tokens[identifier], reason, &sink, nowNanoseconds)
                tokens[identifier] = Self.noToken
            }
            inFlightCount = 0
        }

        private func fail<Sink: DriverSink & ~Copyable>(
            _ token: UInt32, _ reason: String, _ sink: inout Sink, _ nowNanoseconds: Int64
        ) {
            withUnsafePointer(to: token) {
                sink.failed(
                    UnsafeBufferPointer(start: $0, count: 1), reason,
                    nowNanoseconds: nowNanoseconds)
            }
        }
    }

    extension TrafficClass {
        /// At most once where nobody waits for an answer, at least once elsewhere.
        var qualityOfService: Int32 { acknowledgement == .none ? 0 : 1 }
    }

    extension LoadPlan {
        /// The topic that is a topic-partition of a class; its destination is at the end.
        func topicPath(classIndex: Int, destination: Int) -> String {
            let partitionCount = scenario.classes[classIndex].partitionCount
            let topic = topicName(classIndex: classIndex, topic: destination / partitionCount)
            return "\(topic)/\(destination)"
        }
    }
#endif
