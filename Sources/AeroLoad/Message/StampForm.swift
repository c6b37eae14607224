// Which of the two stamps a message carries.

/// The two layouts of a stamp; the message size alone decides, so both sides agree without a flag.
@usableFromInline package enum StampForm: Sendable, Equatable {
    /// 32 bytes, for messages of 32 bytes and more.
    case full
    /// 16 bytes, for messages of 16 to 31 bytes.
    case compact

    /// The form of messages of `messageByteCount` bytes, >= 16.
    @inlinable package init(messageByteCount: Int) {
        self = messageByteCount >= 32 ? .full : .compact
    }

    /// Bytes of the stamp, at the head of the message value.
    @inlinable package var byteCount: Int {
        switch self {
        case .full: 32
        case .compact: 16
        }
    }
}
