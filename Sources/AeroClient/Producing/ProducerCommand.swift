// What a producer's callers tell the I/O thread.

/// A message on its way to a batch.
package struct OutgoingMessage: Sendable {
    let message: Message
    let sink: DeliverySink
    /// When the caller handed it over.
    let acceptedNanoseconds: Int64
    /// Bytes it holds of the bound on queued data.
    let queuedByteCount: Int

    package init(
        _ message: Message, sink: DeliverySink, acceptedNanoseconds: Int64
    ) {
        self.message = message
        self.sink = sink
        self.acceptedNanoseconds = acceptedNanoseconds
        queuedByteCount = message.queuedByteCount
    }
}

/// One entry of the queue that producers' data crosses by.
struct ProducerCommand: Sendable {
    enum Work: Sendable {
        case message(OutgoingMessage)
        case messages([OutgoingMessage])
        case flush(Outcome<Void>)
    }

    let producerId: Int
    let work: Work

    /// Bytes it holds of the bound on queued data.
    var queuedByteCount: Int {
        switch work {
        case .message(let message): message.queuedByteCount
        case .messages(let messages): messages.reduce(0) { $0 + $1.queuedByteCount }
        case .flush: 0
        }
    }
}
