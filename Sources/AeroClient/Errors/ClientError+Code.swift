// The codes of client errors.

extension ClientError {
    /// What went wrong. Codes are added over time: a `switch` needs a default.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Name: String {
            case invalidConfiguration, invalidAddress, nameResolutionFailed, systemFailure
            case connectionRefused, connectionLost, timedOut, versionMismatch
            case authenticationFailed, protocolViolation, closed, cancelled
            case memoryLimit, messageTooLarge, invalidMessage, corruptData
            case unknownTopic, unknownPartition, topicAlreadyExists, invalidTopic
            case offsetOutOfRange, groupPartitionTaken, brokerBusy, brokerStopping
            case notSupported, brokerRefused, groupMembership, unknownGroup, storageFailed
            case poolExhausted, outOfSequence
        }

        private let name: Name

        private init(_ name: Name) { self.name = name }

        /// The code's name.
        public var description: String { name.rawValue }

        /// An option is outside its bounds, or two contradict each other.
        public static let invalidConfiguration = Code(.invalidConfiguration)
        /// The address is not of the form HOST:PORT.
        public static let invalidAddress = Code(.invalidAddress)
        /// The host's name has no address.
        public static let nameResolutionFailed = Code(.nameResolutionFailed)
        /// The operating system refused a thread, a descriptor or memory.
        public static let systemFailure = Code(.systemFailure)
        /// Nobody listens at the address.
        public static let connectionRefused = Code(.connectionRefused)
        /// The connection broke; whether what was under way was done is not known.
        public static let connectionLost = Code(.connectionLost)
        /// No answer in time; whether what was under way was done is not known.
        public static let timedOut = Code(.timedOut)
        /// Broker and client have no protocol version in common.
        public static let versionMismatch = Code(.versionMismatch)
        /// The broker does not accept the credentials.
        public static let authenticationFailed = Code(.authenticationFailed)
        /// What answers at the address does not speak the AeroMQ protocol.
        public static let protocolViolation = Code(.protocolViolation)
        /// The connection, producer or consumer was closed by the caller.
        public static let closed = Code(.closed)
        /// The calling task was cancelled.
        public static let cancelled = Code(.cancelled)
        /// `ConnectionOptions.maximumMemory` leaves no room now.
        public static let memoryLimit = Code(.memoryLimit)
        /// All connections of the pool are lent, and none came back in time.
        public static let poolExhausted = Code(.poolExhausted)
        /// The message can never be sent with these options or to this broker.
        public static let messageTooLarge = Code(.messageTooLarge)
        /// The message names a partition that its topic does not have.
        public static let invalidMessage = Code(.invalidMessage)
        /// Records arrived damaged, or in a form this client cannot read.
        public static let corruptData = Code(.corruptData)
        /// No topic of that name.
        public static let unknownTopic = Code(.unknownTopic)
        /// The topic has fewer partitions.
        public static let unknownPartition = Code(.unknownPartition)
        /// The topic's name is taken.
        public static let topicAlreadyExists = Code(.topicAlreadyExists)
        /// The topic's name or its number of partitions is not allowed.
        public static let invalidTopic = Code(.invalidTopic)
        /// The offset is not, or no longer, in the log.
        public static let offsetOutOfRange = Code(.offsetOutOfRange)
        /// Another consumer of the group has the partition.
        public static let groupPartitionTaken = Code(.groupPartitionTaken)
        /// The consumer is not, or no longer, a member of its group's present generation.
        public static let groupMembership = Code(.groupMembership)
        /// No group of that name.
        public static let unknownGroup = Code(.unknownGroup)
        /// The broker's disk failed, or stored records are damaged: see the message. One that was
        /// being sent when the disk failed may or may not have been stored.
        public static let storageFailed = Code(.storageFailed)
        /// The partition no longer knows where the producer was when it sent the message: it may
        /// or may not have been stored. Sending it again may store it twice.
        public static let outOfSequence = Code(.outOfSequence)
        /// The broker has reached one of its limits for now.
        public static let brokerBusy = Code(.brokerBusy)
        /// The broker is shutting down.
        public static let brokerStopping = Code(.brokerStopping)
        /// The broker does not have the feature.
        public static let notSupported = Code(.notSupported)
        /// The broker refused for another reason: see `brokerCode` and `message`.
        public static let brokerRefused = Code(.brokerRefused)

        var isRetriable: Bool {
            switch name {
            case .connectionRefused, .connectionLost, .timedOut, .memoryLimit, .brokerBusy,
                .brokerStopping, .nameResolutionFailed, .systemFailure, .groupPartitionTaken,
                .corruptData, .poolExhausted:
                true
            case .invalidConfiguration, .invalidAddress, .versionMismatch, .authenticationFailed,
                .protocolViolation, .closed, .cancelled, .messageTooLarge, .invalidMessage,
                .unknownTopic, .unknownPartition, .topicAlreadyExists, .invalidTopic,
                .offsetOutOfRange, .notSupported, .brokerRefused, .groupMembership, .unknownGroup,
                .storageFailed, .outOfSequence:
                false
            }
        }
    }
}
