// Appending records: reserving room for a value, or copying one.

extension RecordBatchBuilder {
    /// Appends a record whose value the caller fills in.
    ///
    /// Key and all lengths are written; the value's bytes are whatever the memory held.
    ///
    /// - Parameters:
    ///   - timestampDelta: Milliseconds from the batch's base timestamp.
    ///   - key: Copied; `nil` for a record without a key.
    ///   - valueByteCount: The value's size; >= 0.
    /// - Returns: Where to write the value, or `nil` when the record does not fit: the batch is as
    ///   it was. Valid as long as the buffer.
    @inlinable
    package mutating func reserveRecord(
        timestampDelta: Int64 = 0, key: UnsafeRawBufferPointer? = nil, valueByteCount: Int
    ) -> UnsafeMutableRawPointer? {
        precondition(valueByteCount >= 0, "a value has no negative size")
        guard
            let memory = openRecord(
                timestampDelta: timestampDelta, key: key, valueByteCount: valueByteCount,
                headersByteCount: 1)
        else { return nil }
        let value = memory + position
        position += valueByteCount
        Varint.write(0, to: memory, at: &position)
        return value
    }

    /// Appends a record with headers whose value the caller fills in; as `reserveRecord` otherwise.
    @inlinable
    package mutating func reserveRecord(
        timestampDelta: Int64 = 0, key: UnsafeRawBufferPointer?, valueByteCount: Int,
        headers: UnsafeBufferPointer<RecordHeaderBytes>
    ) -> UnsafeMutableRawPointer? {
        precondition(valueByteCount >= 0, "a value has no negative size")
        guard
            let memory = openRecord(
                timestampDelta: timestampDelta, key: key, valueByteCount: valueByteCount,
                headersByteCount: Self.byteCount(of: headers))
        else { return nil }
        let value = memory + position
        position += valueByteCount
        writeHeaders(headers, to: memory)
        return value
    }

    /// Appends a record, copying key, value and headers.
    ///
    /// - Parameter value: `nil` for a record without a value (a tombstone).
    /// - Returns: `false` when the record does not fit: the batch is as it was.
    @inlinable
    package mutating func append(
        timestampDelta: Int64 = 0, key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?,
        headers: UnsafeBufferPointer<RecordHeaderBytes> = UnsafeBufferPointer(start: nil, count: 0)
    ) -> Bool {
        guard
            let memory = openRecord(
                timestampDelta: timestampDelta, key: key, valueByteCount: value?.count ?? -1,
                headersByteCount: Self.byteCount(of: headers))
        else { return false }
        if let value { copy(value, to: memory) }
        writeHeaders(headers, to: memory)
        return true
    }

    /// Writes a record up to its value, when all of it fits.
    ///
    /// - Parameter valueByteCount: -1 for a record without a value.
    /// - Returns: The start of the buffer.
    @inlinable
    mutating func openRecord(
        timestampDelta: Int64, key: UnsafeRawBufferPointer?, valueByteCount: Int,
        headersByteCount: Int
    ) -> UnsafeMutableRawPointer? {
        let keyByteCount = key?.count ?? -1
        let offsetDelta = Int64(recordCount)
        let bodyByteCount =
            1 + Varint.byteCount(timestampDelta) + Varint.byteCount(offsetDelta)
            + Varint.byteCount(Int64(keyByteCount)) + max(keyByteCount, 0)
            + Varint.byteCount(Int64(valueByteCount)) + max(valueByteCount, 0) + headersByteCount
        let recordByteCount = Varint.byteCount(Int64(bodyByteCount)) + bodyByteCount
        guard recordByteCount <= buffer.count - position, let memory = buffer.baseAddress else {
            return nil
        }
        Varint.write(Int64(bodyByteCount), to: memory, at: &position)
        memory.storeBytes(of: 0, toByteOffset: position, as: UInt8.self)
        position += 1
        Varint.write(timestampDelta, to: memory, at: &position)
        Varint.write(offsetDelta, to: memory, at: &position)
        Varint.write(Int64(keyByteCount), to: memory, at: &position)
        if let key { copy(key, to: memory) }
        Varint.write(Int64(valueByteCount), to: memory, at: &position)
        recordCount += 1
        maxTimestampDelta = max(maxTimestampDelta, timestampDelta)
        return memory
    }

    @inlinable
    mutating func copy(_ bytes: UnsafeRawBufferPointer, to memory: UnsafeMutableRawPointer) {
        guard let source = bytes.baseAddress else { return }
        (memory + position).copyMemory(from: source, byteCount: bytes.count)
        position += bytes.count
    }

    @inlinable
    static func byteCount(of headers: UnsafeBufferPointer<RecordHeaderBytes>) -> Int {
        var count = Varint.byteCount(Int64(headers.count))
        for header in headers {
            let valueByteCount = header.value?.count ?? -1
            count += Varint.byteCount(Int64(header.key.count)) + header.key.count
            count += Varint.byteCount(Int64(valueByteCount)) + max(valueByteCount, 0)
        }
        return count
    }

    @inlinable
    mutating func writeHeaders(
        _ headers: UnsafeBufferPointer<RecordHeaderBytes>, to memory: UnsafeMutableRawPointer
    ) {
        Varint.write(Int64(headers.count), to: memory, at: &position)
        for header in headers {
            Varint.write(Int64(header.key.count), to: memory, at: &position)
            copy(header.key, to: memory)
            Varint.write(Int64(header.value?.count ?? -1), to: memory, at: &position)
            if let value = header.value { copy(value, to: memory) }
        }
    }
}
