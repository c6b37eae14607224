// From what the session, the broker and the resolver say to a client error.

import AeroCore
import AeroIO
import AeroWire

/// What every error of one connection says besides its own cause.
struct ErrorContext {
    let brokerAddress: String
    var lastLoss: SessionLoss?

    func error(
        _ code: ClientError.Code, _ message: String, brokerCode: UInt16? = nil,
        elapsedNanoseconds: Int64? = nil
    ) -> ClientError {
        ClientError(
            code, message, brokerAddress: brokerAddress, brokerCode: brokerCode,
            lastCause: lastLoss?.explanation,
            elapsed: elapsedNanoseconds.map { .nanoseconds($0) })
    }

    /// The broker said no.
    func refusal(
        _ code: ErrorCode, _ message: String, elapsedNanoseconds: Int64? = nil
    ) -> ClientError {
        error(
            code.clientCode, message.isEmpty ? code.explanation : message,
            brokerCode: code.rawValue, elapsedNanoseconds: elapsedNanoseconds)
    }

    /// The connection could not be made, or is gone.
    func loss(_ loss: SessionLoss, elapsedNanoseconds: Int64? = nil) -> ClientError {
        var brokerCode: UInt16?
        if case .refused(let code) = loss { brokerCode = code.rawValue }
        return error(
            loss.clientCode, loss.explanation, brokerCode: brokerCode,
            elapsedNanoseconds: elapsedNanoseconds)
    }

    /// A request has no answer.
    func failure(_ cause: RequestFailure, elapsedNanoseconds: Int64) -> ClientError {
        switch cause {
        case .timedOut:
            error(.timedOut, cause.explanation, elapsedNanoseconds: elapsedNanoseconds)
        case .connectionLost(.closedByCaller):
            error(.closed, cause.explanation, elapsedNanoseconds: elapsedNanoseconds)
        case .connectionLost:
            // Even where the broker refused the connection: the request itself is in doubt.
            error(.connectionLost, cause.explanation, elapsedNanoseconds: elapsedNanoseconds)
        }
    }
}

extension SessionLoss {
    fileprivate var clientCode: ClientError.Code {
        switch self {
        case .system(let errno):
            switch Errno(rawValue: errno) {
            case .connectionRefused: .connectionRefused
            case .timedOut: .timedOut
            case .outOfMemory, .tooManyFiles, .tooManyFilesInSystem: .systemFailure
            default: .connectionLost
            }
        case .endOfStream: .connectionLost
        case .refused(let code): code.clientCode
        case .connectTimedOut, .heartbeatMissed, .writeTimedOut: .timedOut
        case .protocolViolation: .protocolViolation
        case .closedByCaller: .closed
        }
    }
}

extension ErrorCode {
    var clientCode: ClientError.Code {
        switch self {
        case .shuttingDown: .brokerStopping
        case .requestTimedOut: .timedOut
        case .unsupportedVersion: .versionMismatch
        case .authenticationFailed: .authenticationFailed
        case .tooManyConnections, .tooManyInFlight, .memoryFull, .storageFull, .diskFull,
            .coordinatorLoading:
            .brokerBusy
        case .unknownTopic: .unknownTopic
        case .unknownPartition: .unknownPartition
        case .topicAlreadyExists: .topicAlreadyExists
        case .invalidTopicName, .invalidPartitionCount: .invalidTopic
        case .notSupported, .durabilityNotSupported, .unknownCommand: .notSupported
        case .corruptBatch: .corruptData
        case .batchTooLarge, .frameTooLarge: .messageTooLarge
        case .offsetOutOfRange: .offsetOutOfRange
        case .groupPartitionTaken: .groupPartitionTaken
        case .unknownMember, .staleGeneration, .groupRebalancing, .memberFenced: .groupMembership
        case .logFailed, .logDamaged: .storageFailed
        case .unknownGroup: .unknownGroup
        case .outOfOrderSequence, .staleProducerEpoch, .duplicateSequence: .outOfSequence
        case .invalidSetting: .invalidTopic
        case .ok, .internalError, .malformedFrame, .malformedRequest, .notConnected,
            .alreadyConnected, .tooManyTopics, .tooManyPartitions, .invalidBatch,
            .unknownSubscription,
            .subscriptionExists, .tooManyGroups, .groupNotEmpty, .inconsistentGroup,
            .invalidSessionTimeout, .tooManyMembers, .unrecognized:
            .brokerRefused
        }
    }
}

extension ClientError {
    /// The caller's task was cancelled.
    static var cancelled: ClientError { ClientError(.cancelled, "the task was cancelled") }

    /// Why the text is no address.
    init(_ cause: SocketAddressError, address: String) {
        switch cause {
        case .missingPort:
            self.init(
                .invalidAddress, "'\(address)' has no port; write HOST:PORT",
                brokerAddress: address)
        case .invalidPort(let port):
            self.init(
                .invalidAddress, "'\(port)' is no port; write a number from 1 to 65535",
                brokerAddress: address)
        case .unknownHost(let host):
            self.init(
                .nameResolutionFailed, "the name '\(host)' has no address",
                brokerAddress: address)
        }
    }
}
