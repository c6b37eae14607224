// What a stream answers to a message that was published to it.

#if NATSDriver
    /// The answer of a JetStream server: JSON, whose first key says whether the message is stored.
    enum PublishAnswer {
        /// `{"stream` of `{"stream":…,"seq":…}`, the first byte lowest.
        private static let stored: UInt64 = 0x6D61_6572_7473_227B
        private static let description = Array(#""description":""#.utf8)

        /// Whether the message is stored.
        static func isStored(_ body: UnsafeRawBufferPointer) -> Bool {
            body.count >= MemoryLayout<UInt64>.size
                && UInt64(littleEndian: body.loadUnaligned(as: UInt64.self)) == stored
        }

        /// Why a message is not stored.
        static func refusal(_ message: NATSMessage) -> String {
            let body = message.body
            guard !body.isEmpty else {
                return "no stream takes it (\(message.status ?? "an answer without a word"))"
            }
            return words(of: body) ?? "an answer that is not JetStream's"
        }

        /// The description in `{"error":{"code":…,"description":"…"},…}`.
        static func words(of body: UnsafeRawBufferPointer) -> String? {
            var position = 0
            while position + description.count < body.count {
                let rest = UnsafeRawBufferPointer(rebasing: body[position...])
                if rest.starts(with: description) {
                    let words = rest.dropFirst(description.count).prefix { $0 != 0x22 }
                    return String(decoding: words, as: UTF8.self)
                }
                position += 1
            }
            return nil
        }
    }
#endif
