// Ready-made message bodies with their checksums.

public import CChecksum

/// Bodies of one message size, with the CRC state each leaves for the stamp.
///
/// Owned by one worker thread. Filling a message copies a body and writes its stamp: no random
/// numbers and no checksum of the body per message. A shorter message takes the beginning of a
/// body; the CRC states along it leave at most 63 bytes to be summed.
@usableFromInline package struct PayloadBodies: ~Copyable {
    /// Bytes of a whole message, stamp included; of the largest one where sizes vary.
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
    /// CRC-32C states: `variantCount` of whole bodies; where sizes vary then of each variant those
    /// after every `checkpointByteCount` bytes, from 0 on.
    @usableFromInline let checksums: UnsafeMutablePointer<UInt32>
    @usableFromInline let checkpointCount: Int

    /// Bytes between two CRC states.
    @inlinable static var checkpointByteCount: Int { 64 }

    // BOUND: bodies are to differ, not to fill memory; large ones get fewer variants.
    private static let byteCountLimit = 8 << 20

    /// Variants where nothing depends on them: few, which stay in the processor's cache.
    @usableFromInline package static let variantCountDefault = 16

    /// Makes the bodies.
    ///
    /// - Parameters:
    ///   - messageByteCount: 16 or more.
    ///   - seed: Equal seeds give equal bodies.
    ///   - payload: What they are made of.
    ///   - variantCountMin: How many there are to be, as far as 8 MiB hold them; 1 to 65,536.
    ///   - shortestByteCount: Of a message; nil when all have the same size.
    ///   - compressibleBillionths: The share of a random body that repeats itself.
    package init(
        messageByteCount: Int, seed: UInt64, payload: TrafficClass.Payload = .random,
        variantCountMin: Int = variantCountDefault, shortestByteCount: Int? = nil,
        compressibleBillionths: Int64 = 0
    ) {
        precondition(messageByteCount >= 16, "a message holds at least a compact stamp")
        precondition((1...65_536).contains(variantCountMin), "some bodies, of a bounded number")
        self.messageByteCount = messageByteCount
        form = StampForm(messageByteCount: messageByteCount)
        stampByteCount = form.byteCount
        bodyByteCount = messageByteCount - form.byteCount
        var variantCount = 1
        while variantCount < variantCountMin,
            2 * variantCount * bodyByteCount <= Self.byteCountLimit
        {
            variantCount *= 2
        }
        self.variantCount = variantCount
        let byteCount = variantCount * bodyByteCount
        bodies = .allocate(byteCount: max(1, byteCount), alignment: 64)
        checkpointCount =
            shortestByteCount == nil ? 0 : bodyByteCount / Self.checkpointByteCount + 1
        checksums = .allocate(capacity: variantCount * (1 + checkpointCount))
        let target = UnsafeMutableRawBufferPointer(start: bodies, count: byteCount)
        switch payload {
        case .random: Self.fillRandom(target, seed: seed)
        case .json: Self.fillJSON(target, bodyByteCount: bodyByteCount, seed: seed)
        }
        if compressibleBillionths > 0 {
            let shortest = (shortestByteCount ?? messageByteCount) - stampByteCount
            CompressibleBodies.write(
                target, bodyByteCount: bodyByteCount, shortestByteCount: shortest,
                billionths: compressibleBillionths)
        }
        for variant in 0..<variantCount {
            let body = bodies + variant * bodyByteCount
            (checksums + variant).initialize(to: aero_crc32c(0, body, bodyByteCount))
            writeCheckpoints(variant, body)
        }
    }

    private func writeCheckpoints(_ variant: Int, _ body: UnsafeRawPointer) {
        var state: UInt32 = 0
        for index in 0..<checkpointCount {
            (checksums + variantCount + variant * checkpointCount + index).initialize(to: state)
            let start = index * Self.checkpointByteCount
            let count = min(Self.checkpointByteCount, bodyByteCount - start)
            state = aero_crc32c(state, body + start, count)
        }
    }

    private static func fillRandom(_ target: UnsafeMutableRawBufferPointer, seed: UInt64) {
        let random = CounterRandom(seed: seed)
        let wordCount = target.count / 8
        for index in 0..<wordCount {
            target.storeBytes(
                of: random.word(UInt64(index)).littleEndian, toByteOffset: index * 8,
                as: UInt64.self)
        }
        var rest = random.word(UInt64(wordCount))
        for offset in wordCount * 8..<target.count {
            target[offset] = UInt8(truncatingIfNeeded: rest)
            rest >>= 8
        }
    }

    private static func fillJSON(
        _ target: UnsafeMutableRawBufferPointer, bodyByteCount: Int, seed: UInt64
    ) {
        guard bodyByteCount > 0 else { return }
        var bodies = JSONBodies(seed: seed)
        for start in stride(from: 0, to: target.count, by: bodyByteCount) {
            let body = bodies.next(byteCount: bodyByteCount)
            UnsafeMutableRawBufferPointer(rebasing: target[start..<start + bodyByteCount])
                .copyBytes(from: body)
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

    /// Writes one whole message of any size up to `messageByteCount` at `target`.
    ///
    /// - Parameter byteCount: From the shortest size on, stamp included.
    /// - Allocations: none.
    @inlinable package func fill(
        _ target: UnsafeMutableRawPointer, _ stamp: Stamp, byteCount: Int
    ) {
        guard byteCount != messageByteCount else {
            fill(target, stamp)
            return
        }
        let variant = Int(truncatingIfNeeded: stamp.sequence) & (variantCount &- 1)
        let body = bodies + variant &* bodyByteCount
        let count = byteCount &- stampByteCount
        (target + stampByteCount).copyMemory(from: body, byteCount: count)
        let checkpoint = count / Self.checkpointByteCount
        let summed = checkpoint &* Self.checkpointByteCount
        let state = checksums[variantCount &+ variant &* checkpointCount &+ checkpoint]
        stamp.encode(
            form, into: target,
            bodyChecksum: aero_crc32c(state, body + summed, count &- summed))
    }
}
