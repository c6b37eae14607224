// Compressing a worker's batches on their way out, and undoing it on their way in.

import AeroClient
import AeroMemory
import AeroWire

/// The codecs' state of one worker, and memory for what was compressed. One thread owns it.
final class BatchTranscoder {
    private let compressor = BatchCompressor()
    private let decompressor = BatchDecompressor()
    private let pool: BufferPool
    /// Smaller frames are sent as they are: the client's own rule, so that scenarios show its cost.
    private let byteCountMin = ProducerOptions().compressionThreshold
    /// Where batches are decompressed to, one after the other.
    private var scratch: SharedBuffer?

    // BOUND: one batch without its compression; scenarios make batches of up to 16 MiB.
    private static let byteCountMax = 64 << 20

    init(pool: BufferPool) { self.pool = pool }

    /// Lets go of all memory.
    func removeAll() { scratch = nil }

    /// The frame to send for a batch, made smaller where its producer wants that.
    ///
    /// A batch that was refused is tried again, sealed: compressing it once is work enough.
    func frame(
        of batch: OutboundBatch<RecordBatchFraming>, by compression: BatchCompression
    ) -> SharedSlice {
        if let byteCount = batch.sealedByteCount { return batch.seal(byteCount: byteCount) }
        let plain = batch.finish()
        guard compression.codec != .none, plain.byteCount >= byteCountMin else { return plain }
        let prefix = SendRequest.prefixByteCount
        let room = UnsafeMutableRawBufferPointer(
            start: batch.memory.baseAddress + prefix, count: plain.byteCount - prefix)
        let byteCount = compressor.compressInPlace(room, by: compression, pool: pool)
        return batch.seal(byteCount: prefix + byteCount)
    }

    /// A compressed batch as one that can be read, with the bytes it stands in; valid until the
    /// next call.
    ///
    /// - Throws: What is wrong with the batch; `.full` at the memory cap.
    func plain(
        _ batch: RecordBatchView, in bytes: UnsafeRawBufferPointer
    ) throws(WireError) -> (batch: RecordBatchView, bytes: UnsafeRawBufferPointer) {
        let bound = try BatchDecompressor.byteCountBound(
            of: batch.header, at: batch.range.lowerBound, in: bytes, limit: Self.byteCountMax)
        let memory = try memory(byteCount: bound)
        let byteCount = try decompressor.decompress(
            batch.header, at: batch.range.lowerBound, in: bytes,
            into: UnsafeMutableRawBufferPointer(start: memory.baseAddress, count: memory.capacity))
        let plain = UnsafeRawBufferPointer(start: memory.baseAddress, count: byteCount)
        let header = try RecordBatchHeader.decode(in: plain, range: 0..<byteCount)
        return (RecordBatchView(header: header, range: 0..<byteCount), plain)
    }

    private func memory(byteCount: Int) throws(WireError) -> SharedBuffer {
        if let scratch, scratch.capacity >= byteCount { return scratch }
        scratch = nil
        do throws(PoolError) {
            let memory = SharedBuffer(try pool.allocate(minimumByteCount: byteCount))
            scratch = memory
            return memory
        } catch {
            throw .full(neededByteCount: byteCount, availableByteCount: 0)
        }
    }
}
