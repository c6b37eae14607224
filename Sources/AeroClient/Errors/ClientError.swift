// The one error of the public client API.

/// Why a client operation failed: what, against which broker, after how long, and since what.
///
/// Small to pass around: one reference, whatever it says.
public struct ClientError: Error, Sendable {
    private final class Storage: Sendable {
        let code: Code
        let message: String
        let brokerAddress: String?
        let brokerCode: UInt16?
        let lastCause: String?
        let elapsed: Duration?

        init(
            _ code: Code, _ message: String, brokerAddress: String?, brokerCode: UInt16?,
            lastCause: String?, elapsed: Duration?
        ) {
            self.code = code
            self.message = message
            self.brokerAddress = brokerAddress
            self.brokerCode = brokerCode
            self.lastCause = lastCause
            self.elapsed = elapsed
        }
    }

    private let storage: Storage

    init(
        _ code: Code, _ message: String, brokerAddress: String? = nil, brokerCode: UInt16? = nil,
        lastCause: String? = nil, elapsed: Duration? = nil
    ) {
        storage = Storage(
            code, message, brokerAddress: brokerAddress, brokerCode: brokerCode,
            lastCause: lastCause, elapsed: elapsed)
    }

    /// What went wrong, to decide by.
    public var code: Code { storage.code }
    /// What went wrong, for people, with what to do about it where that is known.
    public var message: String { storage.message }
    /// The broker last spoken to, or tried.
    public var brokerAddress: String? { storage.brokerAddress }
    /// The number of the refusal in the protocol's published table, when the broker refused.
    public var brokerCode: UInt16? { storage.brokerCode }
    /// Why the connection was lost last, when it was: the cause behind a timeout.
    public var lastCause: String? { storage.lastCause }
    /// How long the operation had been under way.
    public var elapsed: Duration? { storage.elapsed }
    /// Whether the same call may succeed later without any change.
    ///
    /// Says nothing of what the failed call has done: after `.timedOut` and `.connectionLost` a
    /// message may have been stored, and sending it again may store it twice.
    public var isRetriable: Bool { code.isRetriable }
}

extension ClientError: Equatable {
    /// Equal in all parts.
    public static func == (left: ClientError, right: ClientError) -> Bool {
        left.code == right.code && left.message == right.message
            && left.brokerAddress == right.brokerAddress && left.brokerCode == right.brokerCode
            && left.lastCause == right.lastCause && left.elapsed == right.elapsed
    }
}

extension ClientError: CustomStringConvertible {
    /// One line with all parts.
    public var description: String {
        var text = "\(code): \(message)"
        if let brokerAddress { text += "; broker \(brokerAddress)" }
        if let elapsed { text += "; after \(elapsed)" }
        if let lastCause { text += "; last loss of connection: \(lastCause)" }
        return text
    }
}
