// Commands in the Redis protocol, one behind the other, as they go out.

#if RedisDriver
    /// Memory that commands are written to: lists of strings, each with its length.
    ///
    /// hiredis can put a command together as well, with an allocation and two copies for each;
    /// it takes whole ones from here, many at a time.
    struct RedisCommands: ~Copyable {
        private var memory: GrowingBytes

        private static let lineEndByteCount = 2

        /// - Parameter capacity: Bytes to begin with; it grows.
        init(capacity: Int) { memory = GrowingBytes(capacity: capacity) }

        /// Bytes written.
        var byteCount: Int { memory.byteCount }

        /// What was written; valid until the next change.
        var bytes: UnsafeRawBufferPointer { memory.bytes }

        /// Forgets what was written.
        mutating func removeAll() { memory.removeAll() }

        /// Appends bytes as they are.
        mutating func append(_ bytes: UnsafeRawBufferPointer) { memory.append(bytes) }

        /// Appends bytes as they are.
        mutating func append(_ bytes: [UInt8]) { bytes.withUnsafeBytes { memory.append($0) } }

        /// Begins a command of so many strings.
        mutating func appendHeader(count: Int) { appendNumber(UInt8(ascii: "*"), count) }

        /// Appends a string of a command.
        mutating func append(string: UnsafeRawBufferPointer) {
            let room = append(stringOfByteCount: string.count)
            if let source = string.baseAddress {
                room.copyMemory(from: source, byteCount: string.count)
            }
        }

        /// Appends a string of a command.
        mutating func append(string: String) {
            var string = string
            string.withUTF8 { append(string: UnsafeRawBufferPointer($0)) }
        }

        /// Appends a string of a command that is still to be written.
        ///
        /// - Returns: Where to write it, before the next change.
        mutating func append(stringOfByteCount count: Int) -> UnsafeMutableRawPointer {
            appendNumber(UInt8(ascii: "$"), count)
            let room = memory.extend(by: count + Self.lineEndByteCount)
            Self.endLine(room + count)
            return room
        }

        /// Appends a whole command.
        mutating func append(command words: [String]) {
            appendHeader(count: words.count)
            for word in words { append(string: word) }
        }

        private mutating func appendNumber(_ mark: UInt8, _ number: Int) {
            var scale = 1
            var digitCount = 1
            while number / scale >= 10 {
                scale *= 10
                digitCount += 1
            }
            var room = memory.extend(by: 1 + digitCount + Self.lineEndByteCount)
            room.storeBytes(of: mark, as: UInt8.self)
            // BOUND: the digits of a number.
            while scale > 0 {
                room += 1
                room.storeBytes(
                    of: UInt8(ascii: "0") + UInt8(number / scale % 10), as: UInt8.self)
                scale /= 10
            }
            Self.endLine(room + 1)
        }

        private static func endLine(_ room: UnsafeMutableRawPointer) {
            room.storeBytes(of: UInt8(ascii: "\r"), as: UInt8.self)
            room.storeBytes(of: UInt8(ascii: "\n"), toByteOffset: 1, as: UInt8.self)
        }
    }

    extension RedisCommands {
        /// Commands, or parts of one, to be sent again and again.
        static func prepared(_ write: (inout RedisCommands) -> Void) -> [UInt8] {
            var commands = RedisCommands(capacity: 256)
            write(&commands)
            return Array(commands.bytes)
        }
    }
#endif
