// The frames around a message: all that is the same for each one of a class is made once.

#if RabbitMQDriver
    import CRabbitMQ

    /// What stands before and after the values that are published to the destinations of a class.
    ///
    ///     | basic.publish | header: body's bytes, delivery mode | body: header | value | 0xCE |
    ///
    /// A value that is longer than the server takes in a frame is cut into several body frames.
    /// Immutable once made; the producers of a worker share it. Allocations: none after init.
    package final class PublishFrames {
        /// By destination: the bytes in front of the value.
        private let prefixes: [[UInt8]]

        // What the properties take with nothing but a delivery mode: flags and the mode.
        private static let propertiesByteCount = 3
        // Class, weight and body's bytes stand in front of the properties.
        private static let contentHeaderByteCount = 12
        /// From the body's byte count in the content header to the value.
        private static let bodyCountToValue =
            8 + propertiesByteCount + 1 + AMQPFrame.headerByteCount
        /// From the byte count of the first body frame to the value.
        private static let frameCountToValue = 4

        /// - Parameters:
        ///   - targets: By destination: the exchange and the routing key.
        ///   - isPersistent: Whether a queue is to keep the messages on disk.
        package init(_ targets: [(exchange: String, key: String)], isPersistent: Bool) {
            let header = Self.contentHeader(isPersistent: isPersistent)
            var body = [UInt8](repeating: 0, count: AMQPFrame.headerByteCount)
            body.withUnsafeMutableBytes { room in
                guard let base = room.baseAddress else { return }
                AMQPFrame.writeHeader(
                    AMQP_FRAME_BODY, channel: AMQPFrame.channel, byteCount: 0, at: base)
            }
            prefixes = targets.map { target in
                let method = AMQPMethod.publish(exchange: target.exchange, key: target.key)
                return AMQPFrame.bytes(method) + header + body
            }
        }

        private static func contentHeader(isPersistent: Bool) -> [UInt8] {
            var properties = amqp_basic_properties_t()
            properties._flags = amqp_flags_t(AMQP_BASIC_DELIVERY_MODE_FLAG)
            properties.delivery_mode = UInt8(
                (isPersistent ? AMQP_DELIVERY_PERSISTENT : AMQP_DELIVERY_NONPERSISTENT).rawValue)
            var payload = [UInt8](
                repeating: 0, count: contentHeaderByteCount + propertiesByteCount)
            payload[1] = UInt8(AMQP_BASIC_CLASS)
            payload.withUnsafeMutableBytes { room in
                let rest = UnsafeMutableRawBufferPointer(
                    rebasing: room[contentHeaderByteCount...])
                let used = amqp_encode_properties(
                    UInt16(AMQP_BASIC_CLASS), &properties,
                    amqp_bytes_t(len: rest.count, bytes: rest.baseAddress))
                precondition(used == propertiesByteCount, "properties are their flags and the mode")
            }
            return AMQPFrame.bytes(AMQP_FRAME_HEADER, channel: AMQPFrame.channel, payload)
        }

        /// Bytes of a message with all its frames.
        ///
        /// - Parameters:
        ///   - destination: Where it goes.
        ///   - byteCount: Bytes of its value, more than 0.
        ///   - bodyByteCountMax: Bytes of a value that fit one frame.
        package func byteCount(_ destination: Int, _ byteCount: Int, bodyByteCountMax: Int) -> Int {
            let bodyCount = (byteCount - 1) / bodyByteCountMax + 1
            return prefixes[destination].count + byteCount + 1
                + (bodyCount - 1) * AMQPFrame.framingByteCount
        }

        /// Writes what stands before a value.
        ///
        /// - Parameters:
        ///   - destination: Where it goes.
        ///   - byteCount: Bytes of the value, more than 0.
        ///   - bodyByteCountMax: Bytes of a value that fit one frame.
        ///   - room: As large as the function `byteCount` says.
        /// - Returns: Where to write the value in one piece.
        package func begin(
            _ destination: Int, _ byteCount: Int, bodyByteCountMax: Int,
            at room: UnsafeMutableRawPointer
        ) -> UnsafeMutableRawPointer {
            let prefixByteCount = prefixes[destination].count
            prefixes[destination].withUnsafeBytes { prefix in
                if let base = prefix.baseAddress {
                    room.copyMemory(from: base, byteCount: prefixByteCount)
                }
            }
            let value = room + prefixByteCount
            (value - Self.bodyCountToValue).storeBytes(
                of: UInt64(byteCount).bigEndian, as: UInt64.self)
            (value - Self.frameCountToValue).storeBytes(
                of: UInt32(min(byteCount, bodyByteCountMax)).bigEndian, as: UInt32.self)
            return value
        }

        /// Ends the body behind a value that was written, and cuts it into frames.
        ///
        /// - Parameters:
        ///   - value: As `begin` returned it.
        ///   - byteCount: Its bytes, more than 0.
        ///   - bodyByteCountMax: Bytes of a value that fit one frame.
        package static func end(
            _ value: UnsafeMutableRawPointer, _ byteCount: Int, bodyByteCountMax: Int
        ) {
            var index = (byteCount - 1) / bodyByteCountMax
            // From the last piece to the first, so that none is overwritten before it has moved.
            while index >= 0 {
                let start = index * bodyByteCountMax
                let count = min(bodyByteCountMax, byteCount - start)
                let piece = value + start + index * AMQPFrame.framingByteCount
                if index > 0 {
                    piece.copyMemory(from: value + start, byteCount: count)
                    AMQPFrame.writeHeader(
                        AMQP_FRAME_BODY, channel: AMQPFrame.channel, byteCount: count,
                        at: piece - AMQPFrame.headerByteCount)
                }
                (piece + count).storeBytes(of: AMQPFrame.end, as: UInt8.self)
                index -= 1
            }
        }
    }
#endif
