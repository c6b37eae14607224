// INIT_PRODUCER: the number under which a producer's batches are told apart.

/// Asks for a producer id, or for the next epoch of one.
///
/// `transactionalId text | producerId i64 | producerEpoch i16`
package struct InitProducerRequest: RequestPayload {
    /// Reserved: empty until there are transactions.
    package var transactionalId: String
    /// The id whose epoch is to rise; -1 for a new id.
    package var producerId: Int64
    /// The epoch so far; -1 for a new id.
    package var producerEpoch: Int16

    /// Asks for a new id.
    package init() { self.init(transactionalId: "", producerId: -1, producerEpoch: -1) }

    /// Asks for the epoch behind this one: batches of the older one are refused from the moment
    /// on that a partition has seen the newer.
    package init(raising identity: ProducerIdentity) {
        self.init(
            transactionalId: "", producerId: identity.producerId, producerEpoch: identity.epoch)
    }

    /// Makes a request from its fields.
    package init(transactionalId: String, producerId: Int64, producerEpoch: Int16) {
        self.transactionalId = transactionalId
        self.producerId = producerId
        self.producerEpoch = producerEpoch
    }

    package static var command: Command { .initProducer }

    package var encodedByteCount: Int { 2 + transactionalId.utf8.count + 10 }

    package static func decode(
        from reader: inout WireReader
    ) throws(WireError) -> InitProducerRequest {
        InitProducerRequest(
            transactionalId: try reader.readText(limit: WireLimits.peerIdByteCountMax),
            producerId: try reader.readInteger(), producerEpoch: try reader.readInteger())
    }

    package func encode(into writer: inout WireWriter) throws(WireError) {
        try writer.write(text: transactionalId, limit: WireLimits.peerIdByteCountMax)
        try writer.write(producerId)
        try writer.write(producerEpoch)
    }
}

/// Grants an id and an epoch: the first batch to each partition has sequence 0.
///
/// `producerId i64 | producerEpoch i16`
package struct InitProducerReply: ReplyPayload {
    /// The id; 0 or more.
    package var producerId: Int64
    /// The epoch; 0 or more.
    package var producerEpoch: Int16

    /// Makes a reply.
    package init(producerId: Int64, producerEpoch: Int16) {
        self.producerId = producerId
        self.producerEpoch = producerEpoch
    }

    package var encodedByteCount: Int { 10 }

    package static func decode(
        from reader: inout WireReader
    ) throws(WireError) -> InitProducerReply {
        InitProducerReply(
            producerId: try reader.readInteger(), producerEpoch: try reader.readInteger())
    }

    package func encode(into writer: inout WireWriter) throws(WireError) {
        try writer.write(producerId)
        try writer.write(producerEpoch)
    }
}

/// Who wrote a batch, in the eyes of the partitions.
package struct ProducerIdentity: Equatable, Sendable {
    /// Unique among all producers of a broker's life.
    package let producerId: Int64
    /// Rises when the producer has to start its sequences anew.
    package let epoch: Int16

    /// - Parameters:
    ///   - producerId: 0 or more.
    ///   - epoch: 0 or more.
    package init(producerId: Int64, epoch: Int16) {
        precondition(producerId >= 0 && epoch >= 0, "an identity has an id and an epoch")
        self.producerId = producerId
        self.epoch = epoch
    }
}
