// A server that speaks as Redis does, and answers what a test says.

#if RedisDriver
    import AeroIO

    enum RedisScript {
        /// Answers the commands of a connection until it ends.
        ///
        /// - Parameter answer: What to say to a command, by its first word; nothing where it is
        ///   empty. Nil for what a server in order says.
        static func serve(
            _ socket: BlockingSocket, _ answer: @Sendable (String) -> String?
        ) throws(Errno) {
            while let words = try command(socket), let name = words.first {
                let text = answer(name) ?? ordinary(words)
                if !text.isEmpty { try socket.write(Array(text.utf8)) }
            }
        }

        private static func ordinary(_ words: [String]) -> String {
            switch words[0] {
            case "PING": "+PONG\r\n"
            case "CONFIG": "*2\r\n$10\r\nappendonly\r\n$2\r\nno\r\n"
            case "INFO": "$0\r\n\r\n"
            case "XADD": "$3\r\n1-1\r\n"
            case "XACK", "UNLINK": ":1\r\n"
            case "XREADGROUP": ""  // Nothing new, for as long as anybody waits.
            default: "+OK\r\n"
            }
        }

        /// The words of the next command; nil at the end of the stream.
        private static func command(_ socket: BlockingSocket) throws(Errno) -> [String]? {
            guard let count = try number(socket) else { return nil }
            var words: [String] = []
            for _ in 0..<count {
                guard let byteCount = try number(socket) else { return nil }
                let bytes = try socket.read(byteCount: byteCount + 2)
                words.append(String(decoding: bytes.dropLast(2), as: UTF8.self))
            }
            return words
        }

        /// The number of a line such as `*3`.
        private static func number(_ socket: BlockingSocket) throws(Errno) -> Int? {
            var line: [UInt8] = []
            while line.last != UInt8(ascii: "\n") {
                let next = try socket.read(byteCount: 1)
                guard !next.isEmpty else { return nil }
                line += next
            }
            return Int(String(decoding: line.dropFirst().dropLast(2), as: UTF8.self))
        }
    }
#endif
