// The ready-made message bodies of all classes of a scenario.

/// Bodies by class, for one worker.
@usableFromInline package struct MessageBodies: ~Copyable {
    @usableFromInline let classes: UnsafeMutablePointer<PayloadBodies>
    @usableFromInline let count: Int

    /// - Parameter scenario: Its seed makes the bodies repeatable.
    @usableFromInline package init(_ scenario: Scenario) {
        count = scenario.classes.count
        classes = .allocate(capacity: count)
        for (index, each) in scenario.classes.enumerated() {
            let seed = ArrivalSchedule.classSeed(scenarioSeed: scenario.seed, classIndex: index)
            (classes + index).initialize(
                to: PayloadBodies(
                    messageByteCount: each.messageByteCount, seed: seed, payload: each.payload,
                    variantCountMin: each.bodyVariantCountMin,
                    shortestByteCount: each.shortestByteCount,
                    compressibleBillionths: each.compressibleBillionths))
        }
    }

    deinit {
        classes.deinitialize(count: count)
        classes.deallocate()
    }

    /// Writes one whole message of a class at `target`.
    ///
    /// - Parameter byteCount: Of the message; one of the sizes of the class.
    @inlinable package func fill(
        _ target: UnsafeMutableRawPointer, classIndex: Int, _ stamp: Stamp, byteCount: Int
    ) {
        classes[classIndex].fill(target, stamp, byteCount: byteCount)
    }
}

extension TrafficClass {
    /// The shortest message; nil when all have one size.
    fileprivate var shortestByteCount: Int? {
        let bounds = messageSize.bounds
        return bounds.lowerBound < bounds.upperBound ? bounds.lowerBound : nil
    }

    /// How many different bodies its messages need.
    ///
    /// Where bytes may be compressed, a body must not come twice in one batch: compression would
    /// find what no real load has.
    fileprivate var bodyVariantCountMin: Int {
        guard payload != .random || batch.compression != .none else {
            return PayloadBodies.variantCountDefault
        }
        return max(1_024, batch.messageCount)
    }
}
