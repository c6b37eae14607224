// One question to the broker and the task that waits for the answer.

import AeroCore
import AeroWire

/// A control request between a caller and the session: sent when connected, given up at its
/// deadline, answered once.
///
/// Not sent again after a lost connection: creating and deleting are not idempotent.
final class ControlCall: Sendable {
    let deadlineNanoseconds: Int64
    let startNanoseconds: Int64
    /// Asks the session to send the request.
    let send:
        @Sendable (
            ClientSession, _ context: UInt64, _ nowNanoseconds: Int64, _ timeoutNanoseconds: Int64
        ) -> RequestAdmission
    /// Takes the whole reply payload, code included, or the failure.
    let finish: @Sendable (Result<UnsafeRawBufferPointer, ClientError>) -> Void

    /// A call whose answer is decoded as `Answer`.
    init<Request: RequestPayload, Answer: ReplyPayload>(
        _ request: Request, outcome: Outcome<Answer>, startNanoseconds: Int64,
        deadlineNanoseconds: Int64
    ) {
        self.startNanoseconds = startNanoseconds
        self.deadlineNanoseconds = deadlineNanoseconds
        send = { session, context, now, timeout in
            session.request(
                request, context: context, nowNanoseconds: now, timeoutNanoseconds: timeout)
        }
        finish = { result in
            switch result {
            case .failure(let error): outcome.complete(.failure(error))
            case .success(let payload):
                outcome.complete(Self.decode(payload))
            }
        }
    }

    private static func decode<Answer: ReplyPayload>(
        _ payload: UnsafeRawBufferPointer
    ) -> Result<Answer, ClientError> {
        do throws(WireError) {
            switch try Reply<Answer>.decode(in: payload, range: 0..<payload.count) {
            case .success(let answer): return .success(answer)
            case .failure(let failure):
                return .failure(
                    ClientError(failure.code.clientCode, failure.message(in: payload)))
            }
        } catch {
            return .failure(
                ClientError(.protocolViolation, "the broker's answer is not understood: \(error)"))
        }
    }
}
