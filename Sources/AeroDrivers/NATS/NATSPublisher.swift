// A producer on a NATS server: publishes, and knows what was answered.

#if NATSDriver
    import AeroLoad
    import CNATS

    /// What a driver loads: the two drivers differ in what a message is answered with, and in how
    /// it reaches consumers.
    enum NATSService {
        /// Subjects: whoever is subscribed gets the message.
        case core
        /// Streams that keep it.
        case jetStream
    }

    /// One producer, with a connection of its own.
    final class NATSPublisher {
        /// What answers a message.
        private enum Answers {
            /// Nothing.
            case none
            /// A mark that the producer sends to itself: it comes back behind everything before it.
            case marks(MarkedTokens)
            /// The answer of its stream.
            case each(NumberedTokens)
        }

        let connection: NATSConnection
        private let subjects: CTexts
        private let answers: Answers
        /// The subject of marks.
        private let mark: CTexts
        /// The subject of answers: a prefix, room for a number and a zero.
        private let reply: UnsafeMutablePointer<CChar>
        private let replyPrefix: SubjectPrefix
        private var claimed: (destination: Int, byteCount: Int, token: UInt32) = (0, 0, 0)

        // BOUND: output that the kernel has not taken; beyond, messages wait and are late.
        private static let outputByteCountMax = 1 << 20
        private static let numberByteCountMax = 20

        init(
            _ producer: ProducerAssignment, _ plan: LoadPlan, _ service: NATSService,
            _ connection: NATSConnection
        ) throws(DriverError) {
            let each = plan.scenario.classes[producer.classIndex]
            let names = NATSSubjects(plan, classIndex: producer.classIndex)
            let prefix = names.answers(producer: producer.producer)
            self.connection = connection
            subjects = CTexts((0..<each.destinationCount).map { names.message(destination: $0) })
            mark = CTexts(["\(prefix)mark"])
            replyPrefix = SubjectPrefix(prefix)
            reply = .allocate(capacity: replyPrefix.byteCount + Self.numberByteCountMax + 1)
            for (index, byte) in prefix.utf8.enumerated() { reply[index] = CChar(byte) }
            answers =
                switch (each.acknowledgement, service) {
                case (.none, _): .none
                case (_, .core): .marks(MarkedTokens())
                case (_, .jetStream): .each(NumberedTokens())
                }
            if case .none = answers { return }
            try connection.subscribe(prefix: prefix)
        }

        deinit { reply.deallocate() }

        // MARK: - Sending

        /// Whether a message may be written now.
        func claim(destination: Int, byteCount: Int, token: UInt32) -> Bool {
            guard connection.queuedByteCount < Self.outputByteCountMax, connection.failure == nil
            else { return false }
            switch answers {
            case .none: break
            case .marks(let tokens): if tokens.isFull { return false }
            case .each(let tokens): if tokens.isFull { return false }
            }
            claimed = (destination, byteCount, token)
            return true
        }

        /// Publishes the claimed message.
        func commit(_ value: UnsafeRawPointer) {
            let subject = subjects[claimed.destination]
            switch answers {
            case .none:
                connection.publish(subject, value, claimed.byteCount)
            case .marks(let tokens):
                tokens.append(claimed.token)
                connection.publish(subject, value, claimed.byteCount)
            case .each(let tokens):
                writeReply(tokens.insert(claimed.token))
                connection.publish(subject, reply: reply, value, claimed.byteCount)
            }
        }

        /// The turn is over: what it sent wants to be answered.
        func endTurn() {
            guard case .marks(let tokens) = answers, tokens.mark() else { return }
            connection.publish(mark[0], nil, 0)
        }

        private func writeReply(_ number: Int) {
            var digits = 1
            var rest = number
            while rest >= 10 {
                rest /= 10
                digits += 1
            }
            let end = reply + replyPrefix.byteCount + digits
            end.pointee = 0
            rest = number
            for place in 1...digits {
                end[-place] = CChar(0x30 + rest % 10)
                rest /= 10
            }
        }

        // MARK: - Answers

        /// Takes what the last read brought.
        func takeAnswers<Sink: DriverSink & ~Copyable>(_ now: Int64, into sink: inout Sink) {
            switch answers {
            case .none: break
            case .marks(let tokens): takeMarks(tokens, now, into: &sink)
            case .each(let tokens): takeEach(tokens, now, into: &sink)
            }
        }

        private func takeMarks<Sink: DriverSink & ~Copyable>(
            _ tokens: MarkedTokens, _ now: Int64, into sink: inout Sink
        ) {
            for _ in 0..<connection.messageCount {
                let wasReady = connection.isReady
                guard let message = connection.nextMessage() else { break }
                message.destroy()
                // The first one is the connection's own, from before the load.
                if wasReady, !tokens.markCameBack() {
                    sink.noted("an answer to nothing", nowNanoseconds: now)
                }
            }
            while let run = tokens.takeRun() { sink.acknowledged(run, nowNanoseconds: now) }
        }

        private func takeEach<Sink: DriverSink & ~Copyable>(
            _ tokens: NumberedTokens, _ now: Int64, into sink: inout Sink
        ) {
            for _ in 0..<connection.messageCount {
                let wasReady = connection.isReady
                guard let message = connection.nextMessage() else { break }
                if wasReady { takeAnswer(message, tokens, now, into: &sink) }
                message.destroy()
            }
            sink.acknowledged(tokens.takeAnswered(), nowNanoseconds: now)
        }

        private func takeAnswer<Sink: DriverSink & ~Copyable>(
            _ message: NATSMessage, _ tokens: NumberedTokens, _ now: Int64, into sink: inout Sink
        ) {
            guard let number = message.number(behind: replyPrefix),
                let token = tokens.remove(number)
            else {
                sink.noted("an answer to nothing", nowNanoseconds: now)
                return
            }
            if PublishAnswer.isStored(message.body) {
                tokens.answer(token)
            } else {
                withUnsafePointer(to: token) { token in
                    sink.failed(
                        UnsafeBufferPointer(start: token, count: 1),
                        PublishAnswer.refusal(message), nowNanoseconds: now)
                }
            }
        }

        /// Fails everything that was not answered.
        func failAll<Sink: DriverSink & ~Copyable>(
            _ reason: String, _ now: Int64, into sink: inout Sink
        ) {
            switch answers {
            case .none: break
            case .marks(let tokens):
                tokens.giveUp()
                while let run = tokens.takeRun() { sink.failed(run, reason, nowNanoseconds: now) }
            case .each(let tokens):
                tokens.giveUp()
                sink.failed(tokens.takeAnswered(), reason, nowNanoseconds: now)
            }
        }
    }
#endif
