// What each message says about itself.

/// The identity and send times of one message, carried at the head of its value.
///
/// Full form, 32 bytes, big-endian:
///
/// | offset | size | field |
/// |---|---|---|
/// | 0 | 1 | mark and version: 0xA1 |
/// | 1 | 1 | class |
/// | 2 | 2 | producer |
/// | 4 | 2 | destination (topic x partitions + partition) |
/// | 6 | 6 | sequence within (producer, destination), from 0 |
/// | 12 | 4 | CRC-32C of the body (what follows the stamp), then the stamp with this field zero |
/// | 16 | 8 | intended send time, ns of the monotonic clock |
/// | 24 | 8 | actual send time, ns of the monotonic clock |
///
/// Compact form, 16 bytes, big-endian, for messages below 32 bytes:
///
/// | offset | size | field |
/// |---|---|---|
/// | 0 | 1 | mark and version 0xC in the high four bits, class in the low four |
/// | 1 | 1 | lag (actual minus intended), as `LagCode` |
/// | 2 | 1 | producer |
/// | 3 | 1 | destination |
/// | 4 | 4 | the low 32 bits of the sequence; the ledger knows the rest |
/// | 8 | 6 | the low 48 bits of the intended time; the receive time supplies the rest |
/// | 14 | 2 | the CRC-32C of the full form's rule, its high half xor its low half |
///
/// The CRC runs over the body first, so that a sender with constant bodies computes only the
/// stamp's share per message. The stamp is host-independent; the times are not: they compare
/// within one machine only.
@usableFromInline package struct Stamp: Sendable, Equatable {
    /// Index of the class in the scenario.
    @usableFromInline package var classIndex: UInt8
    /// Index of the producer in its class.
    @usableFromInline package var producer: UInt16
    /// Index of the topic-partition in its class.
    @usableFromInline package var destination: UInt16
    /// Position within (producer, destination), from 0; 48 bits, of which a compact stamp tells 32.
    @usableFromInline package var sequence: Int64
    /// When the message was meant to be sent, ns of the monotonic clock.
    @usableFromInline package var intendedNanoseconds: Int64
    /// When it was sent, ns of the monotonic clock; of a compact stamp, to 1/16 of the lag.
    @usableFromInline package var actualNanoseconds: Int64

    /// Makes a stamp.
    @inlinable package init(
        classIndex: UInt8, producer: UInt16, destination: UInt16, sequence: Int64,
        intendedNanoseconds: Int64, actualNanoseconds: Int64
    ) {
        self.classIndex = classIndex
        self.producer = producer
        self.destination = destination
        self.sequence = sequence
        self.intendedNanoseconds = intendedNanoseconds
        self.actualNanoseconds = actualNanoseconds
    }
}

/// What the bytes of a received message turned out to be.
@usableFromInline package enum StampDecode: Sendable, Equatable {
    /// An intact message; `form` says whether `sequence` has its low 32 bits only.
    case valid(Stamp, form: StampForm)
    /// It carries the mark of a stamp, and its bytes do not match the CRC.
    case corrupt
    /// Nothing that this suite sent: too short, or without the mark.
    case foreign
}
