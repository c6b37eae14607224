// The frames that are written here: rabbitmq-c encodes what is in them, but sends only by waiting.

#if RabbitMQDriver
    import CRabbitMQ

    /// The layout of a frame.
    ///
    ///     | 0    | 1..2    | 3..6            | 7...    | last |
    ///     | type | channel | payload's bytes | payload | 0xCE |
    enum AMQPFrame {
        /// Bytes in front of the payload.
        static let headerByteCount = 7
        /// Bytes around the payload.
        static let framingByteCount = headerByteCount + 1
        /// The last byte of each frame.
        static let end = UInt8(AMQP_FRAME_END)
        /// The one channel of a connection.
        static let channel: amqp_channel_t = 1
        /// What a client says first: the protocol's name and version.
        static let protocolHeader: [UInt8] = Array("AMQP".utf8) + [0, 0, 9, 1]

        /// Writes a frame's header.
        static func writeHeader(
            _ type: Int32, channel: amqp_channel_t, byteCount: Int,
            at room: UnsafeMutableRawPointer
        ) {
            room.storeBytes(of: UInt8(type), as: UInt8.self)
            room.storeBytes(of: channel.bigEndian, toByteOffset: 1, as: UInt16.self)
            room.storeBytes(of: UInt32(byteCount).bigEndian, toByteOffset: 3, as: UInt32.self)
        }

        /// A whole frame.
        static func bytes(_ type: Int32, channel: amqp_channel_t, _ payload: [UInt8]) -> [UInt8] {
            var frame = [UInt8](repeating: end, count: payload.count + framingByteCount)
            frame.withUnsafeMutableBytes { room in
                guard let base = room.baseAddress else { return }
                writeHeader(type, channel: channel, byteCount: payload.count, at: base)
                UnsafeMutableRawBufferPointer(rebasing: room[headerByteCount...])
                    .copyBytes(from: payload)
            }
            return frame
        }

        /// A method in its frame. Those about the connection go by channel 0.
        static func bytes(_ method: AMQPMethod) -> [UInt8] {
            let isOfConnection = method.payload[0] == 0 && method.payload[1] == 10
            return bytes(
                AMQP_FRAME_METHOD, channel: isOfConnection ? 0 : channel, method.payload)
        }
    }
#endif
