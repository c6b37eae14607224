// INIT_PRODUCER: ids and epochs for idempotent producers.

import AeroCore
import AeroIO
import AeroWire

extension Shard where P: ~Copyable {
    /// Grants a new id, or the epoch behind the one that the producer has.
    ///
    /// The broker keeps no list of producers: an epoch counts from the moment on that a partition
    /// sees it. An id whose epochs are used up is replaced by a new one.
    func initProducer(_ request: InitProducerRequest, _ origin: RequestOrigin) {
        guard request.transactionalId.isEmpty else {
            answer(origin, .initProducer, .notSupported, "this broker has no transactions")
            return
        }
        if request.producerId >= 0 {
            guard request.producerEpoch >= 0 else {
                answer(origin, .initProducer, .malformedRequest, "an id comes with its epoch")
                return
            }
            if request.producerEpoch < .max {
                reply(
                    InitProducerReply(
                        producerId: request.producerId, producerEpoch: request.producerEpoch + 1),
                    to: origin, .initProducer)
                return
            }
        }
        do throws(ErrorCode) {
            let id = try context.producerIds.takeId()
            reply(InitProducerReply(producerId: id, producerEpoch: 0), to: origin, .initProducer)
        } catch {
            answer(origin, .initProducer, error)
        }
    }
}
