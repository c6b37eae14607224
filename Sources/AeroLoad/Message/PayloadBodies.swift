// Ready-made message bodies with their checksums.

import CChecksum

/// A few random bodies of one message size, with the CRC state each leaves for the stamp.
///
/// Owned by one worker thread. Filling a message copies a body and writes its stamp: no random
/// numbers and no checksum of the body per message.
@usableFromInline package struct PayloadBodies: ~Copyable {
    /// Bytes of a whole message, stamp included.
    @usableFromInline package let messageByteCount: Int
    /// The stamp the messages carry.
    @usableFromInline package let form: StampForm
    /// Different bodies, a power of two.
    @usableFromInline package let variantCount: Int

    @usableFromInline let stampByteCount: Int
    @usableFromInline let bodyByteCount: Int
    // SAFETY: both pointers are filled by init, freed by deinit and only read in between.
    /// `variantCount` x `bodyByteCount` bytes.
    @usableFromInline let bodies: UnsafeMutableRawPointer
    /// `variantCount` CRC-32C states.
    @usableFromInline let checksums: UnsafeMutablePointer<UInt32>

    // BOUND: bodies are to differ, not to fill memory; large ones get fewer variants.
    private static let variantCountLimit = 16
    private static let byteCountLimit = 8 << 20

    /// Makes the bodies.
    ///
    /// - Parameters:
    ///   - messageByteCount: 16 or more.
    ///   - seed: Equal seeds give equal bodies.
    @usableFromInline package init(messageByteCount: Int, seed: UInt64) {
        precondition(messageByteCount >= 16, "a message holds at least a compact stamp")
        self.messageByteCount = messageByteCount
        form = StampForm(messageByteCount: messageByteCount)
        stampByteCount = form.byteCount
        bodyByteCount = messageByteCount - form.byteCount
        var variantCount = Self.variantCountLimit
        while variantCount > 1, variantCount * bodyByteCount > Self.byteCountLimit {
            variantCount /= 2
        }
        self.variantCount = variantCount
        let byteCount = variantCount * bodyByteCount
        bodies = .allocate(byteCount: max(1, byteCount), alignment: 64)
        checksums = .allocate(capacity: variantCount)
        let random = CounterRandom(seed: seed)
        for offset in 0..<byteCount {
            let word = random.word(UInt64(offset / 8)) >> UInt64(offset % 8 * 8)
            bodies.storeBytes(
                of: UInt8(truncatingIfNeeded: word), toByteOffset: offset, as: UInt8.self)
        }
        for variant in 0..<variantCount {
            let body = bodies + variant * bodyByteCount
            (checksums + variant).initialize(to: aero_crc32c(0, body, bodyByteCount))
        }
    }

    deinit {
        bodies.deallocate()
        checksums.deallocate()
    }

    /// Writes one whole message at `target`.
    ///
    /// The variant follows from the sequence, so that a message's bytes can be told from its stamp.
    /// - Parameter target: Room for `messageByteCount` bytes; any alignment.
    /// - Allocations: none.
    @inlinable package func fill(_ target: UnsafeMutableRawPointer, _ stamp: Stamp) {
        let variant = Int(truncatingIfNeeded: stamp.sequence) & (variantCount &- 1)
        (target + stampByteCount).copyMemory(
            from: bodies + variant &* bodyByteCount, byteCount: bodyByteCount)
        stamp.encode(form, into: target, bodyChecksum: checksums[variant])
    }
}
