// Batches as clients build them: in pooled memory, behind room for the SEND prefix.

import AeroMemory
import AeroWire
import FaultSupport

/// Builds and damages frames with a batch in them.
enum SimulatedBatch {
    /// A frame with room for the prefix and a batch of these messages; nil without memory.
    ///
    /// - Parameters:
    ///   - identity: Who numbers its batches; nil for a producer that does not.
    ///   - sequence: The number of the first message; without an identity of no account.
    static func make(
        _ messages: [MessageId], _ client: SimulatedClient, _ identity: ProducerIdentity? = nil,
        sequence: Int32 = 0
    ) -> SharedSlice? {
        var byteCount = SendRequest.prefixByteCount + WireLimits.batchHeaderByteCount
        for id in messages {
            byteCount += RecordBatchBuilder.recordByteCountBound(
                keyByteCount: 0, valueByteCount: SimulatedMessage.byteCount(id))
        }
        let owner: SharedBuffer
        do throws(PoolError) {
            owner = SharedBuffer(try client.pool.allocate(minimumByteCount: byteCount))
        } catch {
            return nil
        }
        let memory = UnsafeMutableRawBufferPointer(
            start: owner.claim(byteCount), count: byteCount)
        var builder = RecordBatchBuilder(into: memory, at: SendRequest.prefixByteCount)
        for id in messages {
            let size = SimulatedMessage.byteCount(id)
            guard let value = builder.reserveRecord(valueByteCount: size) else {
                preconditionFailure("a record does not fit the room that was made for it")
            }
            SimulatedMessage.write(
                id, into: UnsafeMutableRawBufferPointer(start: value, count: size))
        }
        let timestamp = client.simulation.scheduler.clock.wallMilliseconds()
        var properties = RecordBatchProperties(baseTimestamp: timestamp)
        if let identity {
            properties.producerId = identity.producerId
            properties.producerEpoch = identity.epoch
            properties.baseSequence = sequence
        }
        let batch = builder.finish(properties)
        let frame = SendRequest.prefixByteCount + batch
        owner.unclaim(byteCount - frame)
        return SharedSlice(owner: owner, position: 0, byteCount: frame)
    }

    /// Changes one bit of the records.
    /// - Parameters:
    ///   - bit: Which, by its remainder.
    ///   - hidesIt: Makes the checksum fit again: as if nobody looked at it.
    static func damage(_ frame: SharedSlice, bit: UInt64, hidesIt: Bool) {
        let memory = UnsafeMutableRawBufferPointer(
            start: frame.owner.baseAddress + frame.position, count: frame.byteCount)
        let records = SendRequest.prefixByteCount + RecordBatchHeader.Position.records
        // The last byte of a record's value is never its length: the batch stays readable.
        let position = memory.count - 2
        precondition(position > records, "a batch has a record with a value")
        memory[position] ^= 1 << UInt8(bit % 8)
        guard hidesIt else { return }
        let start = SendRequest.prefixByteCount
        let covered = UnsafeRawBufferPointer(
            rebasing: memory[(start + RecordBatchHeader.Position.attributes)...])
        memory.storeBytes(
            of: CRC32C.checksum(covered).bigEndian,
            toByteOffset: start + RecordBatchHeader.Position.crc, as: UInt32.self)
    }
}
