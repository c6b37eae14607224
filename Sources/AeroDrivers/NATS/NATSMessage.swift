// A message that cnats has received.

#if NATSDriver
    import CNATS
    import Glibc

    /// A received message; whoever has it destroys it.
    struct NATSMessage {
        let pointer: OpaquePointer

        /// Its body, for as long as it is not destroyed.
        var body: UnsafeRawBufferPointer {
            UnsafeRawBufferPointer(
                start: natsMsg_GetData(pointer), count: Int(natsMsg_GetDataLength(pointer)))
        }

        /// Where it is to be answered.
        var reply: UnsafePointer<CChar>? { natsMsg_GetReply(pointer) }

        /// The number behind the beginning of its subject; nil where something else stands there.
        func number(behind prefix: SubjectPrefix) -> Int? {
            guard let subject = natsMsg_GetSubject(pointer),
                strncmp(subject, prefix.texts[0], prefix.byteCount) == 0
            else { return nil }
            var number = 0
            var position = prefix.byteCount
            // BOUND: a subject ends with a zero; a number of this run has fewer than ten digits.
            while subject[position] != 0 {
                let digit = Int(subject[position]) - 0x30
                guard (0...9).contains(digit), position < prefix.byteCount + 9 else { return nil }
                number = number * 10 + digit
                position += 1
            }
            return position == prefix.byteCount ? nil : number
        }

        /// What a message without a body is about: a status of the server, such as "503"; nil for
        /// none.
        var status: String? {
            guard let status = header("Status") else { return nil }
            return header("Description").map { "\(status) \($0)" } ?? status
        }

        private func header(_ key: String) -> String? {
            var value: UnsafePointer<CChar>?
            guard natsMsgHeader_Get(pointer, key, &value) == NATS_OK else { return nil }
            return value.map { String(cString: $0) }
        }

        func destroy() { natsMsg_Destroy(pointer) }
    }
#endif
