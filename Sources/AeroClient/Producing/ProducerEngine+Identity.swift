// Who a producer is to its partitions: its id and epoch, and how it comes by them.

import AeroCore
package import AeroWire

/// How far a producer is with finding out who it is.
enum IdentityRequest {
    /// Nothing is asked.
    case none
    /// A newer identity than the present one is needed.
    case needed
    /// The broker was asked.
    case underWay
    /// The broker could not say; it is asked again from then on.
    case waiting(untilNanoseconds: Int64)
    /// The broker will not say, for this reason, as long as the connection lasts.
    case refused(ClientError)
}

extension ProducerEngine {
    /// Asks for an identity when one is needed, and gives everything up when there is none.
    func identify(_ transport: some BatchTransport, _ now: Int64) {
        guard terms.isIdempotent else { return }
        switch identityRequest {
        case .none where identity == nil, .needed: break
        case .waiting(let until) where now >= until: break
        case .refused(let error):
            failAll(error)
            return
        case .none, .underWay, .waiting: return
        }
        guard topicId != nil else { return }
        let before = identityRequest
        identityRequest = .underWay
        if !transport.requestIdentity(for: self, raising: identity, nowNanoseconds: now) {
            identityRequest = before
        }
    }

    var identityDueNanoseconds: Int64 {
        if case .waiting(let until) = identityRequest { until } else { .max }
    }

    /// Gives a batch header and checksum, and its place in the partition's sequence. False: it has
    /// to wait, for an identity or for its memory.
    func seal(_ batch: ProducerBatch) -> Bool {
        guard !batch.isSealed else { return true }
        guard batch.mayBeSealed else { return false }
        guard terms.isIdempotent, batch.waitsForOutcome else {
            batch.seal()
            return true
        }
        let (ready, isStale) = lanes[batch.partition].readyIdentity(identity)
        if isStale, case .none = identityRequest { identityRequest = .needed }
        guard let ready else { return false }
        lanes[batch.partition].seal(batch, ready)
        return true
    }

    /// The broker said who the producer is from now on.
    package func identified(_ identity: ProducerIdentity) {
        self.identity = identity
        identityRequest = .none
    }

    /// The broker did not say.
    ///
    /// - Parameter isFinal: False when it may say so later.
    package func notIdentified(isFinal: Bool, _ error: ClientError, nowNanoseconds: Int64) {
        identityRequest =
            isFinal
            ? .refused(error)
            : .waiting(untilNanoseconds: saturatingSum(nowNanoseconds, backoff.nextNanoseconds()))
    }

    /// The connection is lost: numbers of topics may change, and what was asked is not answered.
    package func disconnected() {
        topicId = nil
        switch identityRequest {
        case .none, .needed: break
        case .underWay, .waiting, .refused: identityRequest = .needed
        }
    }
}
