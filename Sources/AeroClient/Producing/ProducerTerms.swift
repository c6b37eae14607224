// A producer's options as the engine counts them.

package import AeroWire

/// Bounds of one producer, as the inside counts them.
package struct ProducerTerms: Sendable {
    package var batchMessageCount: Int
    package var batchByteCount: Int
    package var lingerNanoseconds: Int64
    package var isAdaptive: Bool
    package var acks: RequiredAcks
    package var isIdempotent: Bool
    /// Attempts whose outcome is not known; an idempotent producer has no such bound.
    package var attemptCountMax: Int
    package var refusedCountMax: Int
    package var backoffNanoseconds: ClosedRange<Int64>
    package var deliveryTimeoutNanoseconds: Int64
    package var inFlightBatchCountMax: Int
    /// Batches from the oldest one without an outcome to the newest one sent, in one partition: no
    /// more than the partition remembers, or it could not tell one that is sent again.
    package var repeatableBatchCount = ProducerSequence.rememberedBatchCount
    package var compression: BatchCompression
    /// Smaller batches are not compressed.
    package var compressionByteCountMin: Int

    package init(_ options: ProducerOptions) {
        batchMessageCount = options.batchMessageCount
        batchByteCount = options.batchByteCount
        isAdaptive = options.batching == .adaptive
        lingerNanoseconds = options.linger.wholeNanoseconds
        if isAdaptive, lingerNanoseconds == 0 {
            lingerNanoseconds = ProducerOptions.adaptiveLingerDefault.wholeNanoseconds
        }
        acks =
            switch options.acknowledgement {
            case .none: .none
            case .leader: .leader
            case .all: .all
            }
        isIdempotent = options.isIdempotent && acks != .none
        attemptCountMax = isIdempotent ? .max : options.retryPolicy.attemptCountMax
        refusedCountMax = options.maximumRefusedAttempts
        backoffNanoseconds =
            options.retryBackoff.lowerBound
            .wholeNanoseconds...options.retryBackoff.upperBound
            .wholeNanoseconds
        deliveryTimeoutNanoseconds = options.deliveryTimeout.wholeNanoseconds
        inFlightBatchCountMax = options.maximumInFlightBatches
        compression = options.compression.batchCompression
        compressionByteCountMin = options.compressionThreshold
    }
}
