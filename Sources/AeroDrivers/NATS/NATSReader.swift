// A consumer on a NATS server: takes messages, and asks JetStream for more.

#if NATSDriver
    import AeroLoad
    import AeroMemory
    import CNATS

    /// One consumer, with a connection and a subscription of its own.
    final class NATSReader {
        /// How messages come.
        private enum Source {
            /// As they are published.
            case subject
            /// As fast as they are acknowledged.
            case push
            /// As they are asked for.
            case pull(PullRequests)
        }

        /// A message in the hands of a consumer that takes its time.
        private struct Held {
            let message: NATSMessage
            let destination: Int
            /// When it is handled.
            let untilNanoseconds: Int64
        }

        let connection: NATSConnection
        private let source: Source
        /// Its destinations and no others.
        private let reads: [Bool]
        /// What the subject of a message of its begins with, the destination behind it.
        private let subjectPrefix: SubjectPrefix
        private let isPaced: Bool
        private var held = FIFO<Held>()

        private let acknowledgement = CTexts(["+ACK"])

        init(
            _ consumer: ConsumerAssignment, _ plan: LoadPlan, _ service: NATSService,
            _ connection: NATSConnection
        ) throws(DriverError) {
            let each = plan.scenario.classes[consumer.classIndex]
            let names = NATSSubjects(plan, classIndex: consumer.classIndex)
            var reads = [Bool](repeating: false, count: each.destinationCount)
            for destination in consumer.destinations { reads[destination] = true }
            self.reads = reads
            self.connection = connection
            let prefix = names.messages(consumer: consumer.consumer)
            subjectPrefix = SubjectPrefix(prefix)
            isPaced = service == .jetStream && each.handling != nil
            source =
                switch (service, each.consume) {
                case (.core, _): .subject
                case (.jetStream, .push): .push
                case (.jetStream, .pull): .pull(PullRequests(consumer, plan))
                }
            switch source {
            case .subject: try connection.subscribe(prefix: prefix)
            case .push:
                let subject = names.pushes(group: consumer.group, consumer: consumer.consumer)
                try connection.subscribe(subject, sample: subject)
            case .pull:
                try connection.subscribe(
                    prefix: names.deliveries(group: consumer.group, consumer: consumer.consumer))
            }
        }

        /// Asks for the first messages, where they have to be asked for.
        func begin() {
            if case .pull(let requests) = source { requests.begin(connection) }
        }

        /// Takes what the last read brought.
        ///
        /// - Parameter consumer: Its index in the worker's assignment.
        func takeMessages<Sink: DriverSink & ~Copyable>(
            consumer: Int, _ now: Int64, into sink: inout Sink
        ) {
            for _ in 0..<connection.messageCount {
                guard let message = connection.nextMessage() else { return }
                let body = message.body
                guard !body.isEmpty else {
                    // That of a neighbour that begins to read the same subjects, or a status.
                    if let status = message.status { connection.fail("the server says \(status)") }
                    message.destroy()
                    continue
                }
                guard let destination = message.number(behind: subjectPrefix),
                    destination < reads.count, reads[destination]
                else {
                    sink.noted("a message of no subject of this run", nowNanoseconds: now)
                    message.destroy()
                    continue
                }
                sink.delivered(
                    consumer: consumer, destination: destination, value: body, nowNanoseconds: now)
                guard isPaced else {
                    handled(message, destination)
                    continue
                }
                held.append(
                    Held(
                        message: message, destination: destination,
                        untilNanoseconds: sink.freeNanoseconds(
                            consumer: consumer, nowNanoseconds: now)))
            }
        }

        /// Acknowledges what has been handled by now.
        ///
        /// - Returns: When the next one will be; `Int64.max` when it holds none.
        func release(nowNanoseconds now: Int64) -> Int64 {
            while let first = held.first {
                guard first.untilNanoseconds <= now else { return first.untilNanoseconds }
                _ = held.popFirst()
                handled(first.message, first.destination)
            }
            return .max
        }

        /// Whether it holds messages back until they are handled.
        var isHolding: Bool { !held.isEmpty }

        /// Lets go of what it holds.
        func close() {
            while let first = held.popFirst() { first.message.destroy() }
        }

        private func handled(_ message: NATSMessage, _ destination: Int) {
            switch source {
            case .subject: break
            case .push: acknowledge(message)
            case .pull(let requests):
                acknowledge(message)
                requests.handled(destination, connection)
            }
            message.destroy()
        }

        private func acknowledge(_ message: NATSMessage) {
            guard let reply = message.reply else {
                connection.fail("a message of a stream that cannot be acknowledged")
                return
            }
            connection.publish(reply, acknowledgement[0], 4)
        }
    }
#endif
