// What went wrong, in words that name the cause and what to do.

package import AeroCore
import AeroIO
import AeroWire

extension SessionLoss {
    /// The cause, and a remedy where there is one.
    package var explanation: String {
        switch self {
        case .system(let errno): "\(Errno(rawValue: errno))"
        case .endOfStream: "the broker closed the connection"
        case .refused(let code): "the broker refused it (\(code)): \(code.explanation)"
        case .connectTimedOut: "connecting took too long; is this a broker's address?"
        case .heartbeatMissed: "the broker fell silent"
        case .writeTimedOut: "the broker took nothing of what was sent for too long"
        case .protocolViolation:
            "the answer is not of the AeroMQ protocol; is this an AeroMQ broker?"
        case .closedByCaller: "the connection was closed by the client"
        }
    }
}

extension RequestFailure {
    /// The cause.
    package var explanation: String {
        switch self {
        case .timedOut(let elapsed):
            "no answer after \(elapsed / 1_000_000) ms; whether it was done is not known"
        case .connectionLost(let loss): "connection lost: \(loss.explanation)"
        }
    }
}

extension WireError {
    /// Why records cannot be read, and a remedy where there is one.
    var recordsExplanation: String {
        switch self {
        case .decompressedTooLarge(let byteCount, let limit):
            "a batch takes \(byteCount) B without its compression, above the limit of \(limit) B: "
                + "if that is no mistake, raise ConsumerOptions.maximumBatchByteCount and "
                + "ConnectionOptions.maximumMemory"
        case .corruptCompression(let codec): "data compressed by \(codec) are damaged"
        default: "\(self)"
        }
    }
}
