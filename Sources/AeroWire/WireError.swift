// What can be wrong with bytes that came from outside, or with room for bytes to go out.

/// A failure to decode or to encode, with the facts that explain it.
@usableFromInline package enum WireError: Error, Equatable {
    // MARK: Frames and payloads

    /// A field needs more bytes than its frame or buffer holds.
    case truncated(neededByteCount: Int, availableByteCount: Int)
    /// A frame's length field is below the ten bytes of command and request id.
    case frameTooShort(length: Int)
    /// A whole frame, header included, exceeds the limit in force. The stream is out of step.
    case frameTooLarge(byteCount: Int, limit: Int)
    /// A payload has bytes behind its last field.
    case trailingBytes(Int)
    /// A string is not valid UTF-8.
    case invalidText
    /// A topic name is outside the alphabet or length of ``TopicName``.
    case invalidTopicName
    /// A string, byte field or list exceeds its limit of ``WireLimits``.
    case fieldTooLong(count: Int, limit: Int)
    /// A field that enumerates holds a value that this version does not know.
    case unknownValue(UInt64)
    /// The memory to write into has too little room.
    case full(neededByteCount: Int, availableByteCount: Int)

    // MARK: Record batches

    /// A batch's length field is below its header or disagrees with the bytes at hand.
    case invalidBatchLength(Int, availableByteCount: Int)
    /// A batch's format is not version 2.
    case unsupportedMagic(UInt8)
    /// A batch's bytes do not have the CRC-32C that its header states.
    case crcMismatch(stored: UInt32, computed: UInt32)
    /// A batch states a record count that is not positive, or more records than its bytes can hold.
    case invalidRecordCount(Int)
    /// A batch's last offset delta is not its record count less one.
    case invalidLastOffsetDelta(Int, recordCount: Int)
    /// A batch names a codec that the format does not define.
    case unknownCompression(UInt8)
    /// Records were to be read from a batch that is still compressed.
    case batchIsCompressed(CompressionCodec)
    /// The compressed records of a batch are damaged, or not what the codec allows.
    case corruptCompression(CompressionCodec)
    /// A batch says that it takes more bytes without compression than the reader allows.
    case decompressedTooLarge(byteCount: Int, limit: Int)
    /// The codec's library has no memory for its state.
    case compressionMemory(CompressionCodec)
    /// A varint is longer than its type allows, or overflows it.
    case invalidVarint
    /// A record's stated length disagrees with its fields or its batch.
    case invalidRecordLength(Int)
    /// A record's offset delta does not ascend, or passes the batch's last.
    case invalidOffsetDelta(Int)
    /// A record's key, value or header has a length that its record cannot hold.
    case invalidFieldLength(Int)
}
