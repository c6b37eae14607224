// What a pull consumer has asked for.

#if NATSDriver
    import AeroLoad

    /// The requests of one consumer: two under way for each destination, of half a window each, so
    /// that the server is never without one while messages of the other are on their way.
    ///
    /// Requests have no end: they wait at the server for as long as the connection is there.
    final class PullRequests {
        private let subjects: CTexts
        private let replies: CTexts
        private let body: CTexts
        private let bodyByteCount: Int
        private let batchCount: Int
        private let destinations: [Int]
        /// By destination: its place in `destinations`, and messages handled since the last
        /// request.
        private var places: [(index: Int, handledCount: Int)]

        init(_ consumer: ConsumerAssignment, _ plan: LoadPlan) {
            let each = plan.scenario.classes[consumer.classIndex]
            let names = NATSSubjects(plan, classIndex: consumer.classIndex)
            let group = plan.groupName(classIndex: consumer.classIndex, group: consumer.group)
            let prefix = names.deliveries(group: consumer.group, consumer: consumer.consumer)
            destinations = consumer.destinations
            subjects = CTexts(
                consumer.destinations.map {
                    "$JS.API.CONSUMER.MSG.NEXT.\(names.stream(destination: $0)).\(group)"
                })
            replies = CTexts(consumer.destinations.map { "\(prefix)\($0)" })
            batchCount = max(1, JetStreamWindow.messageCount(of: each) / 2)
            let text = #"{"batch":\#(batchCount)}"#
            body = CTexts([text])
            bodyByteCount = text.utf8.count
            places = [(index: Int, handledCount: Int)](
                repeating: (-1, 0), count: each.destinationCount)
            for (index, destination) in consumer.destinations.enumerated() {
                places[destination].index = index
            }
        }

        /// Sends the first requests.
        func begin(_ connection: NATSConnection) {
            for index in destinations.indices {
                ask(index, connection)
                ask(index, connection)
            }
        }

        /// A message is handled: asks for as many as a request was for, once they all are.
        func handled(_ destination: Int, _ connection: NATSConnection) {
            places[destination].handledCount += 1
            guard places[destination].handledCount == batchCount else { return }
            places[destination].handledCount = 0
            ask(places[destination].index, connection)
        }

        private func ask(_ index: Int, _ connection: NATSConnection) {
            connection.publish(subjects[index], reply: replies[index], body[0], bodyByteCount)
        }
    }

    /// How much may be under way to a consumer of a stream.
    enum JetStreamWindow {
        /// For a consumer that takes everything at once.
        private static let byteCountDefault = 4 << 20
        // BOUND: messages that a server remembers as delivered and not acknowledged, of one
        // destination.
        private static let messageCounts = 2...16_384

        /// Messages of one destination that a consumer may have received and not handled.
        static func messageCount(of each: TrafficClass) -> Int {
            let byteCount = each.handling?.windowByteCount ?? byteCountDefault
            let count = byteCount / max(1, each.messageByteCount)
            return min(max(count, messageCounts.lowerBound), messageCounts.upperBound)
        }
    }
#endif
