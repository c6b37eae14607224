// What a connection has been answered, taken from hiredis' reader as it parses.

#if RedisDriver
    import CHiredis

    /// The parts of the reply that is being read, in their order.
    ///
    /// hiredis would make an object of every part of a reply, and a tree of them: a dozen
    /// allocations for each message of a stream. Its reader can call functions instead, as its
    /// bindings for other languages do; these copy what is of use behind one another. A reply
    /// need not be complete for its parts to be taken, so a large one is worked off as it comes.
    final class RedisInbox {
        /// What a part is. Where a string stands in its reply says which of them it is: that of
        /// XREADGROUP has streams (2nd level) with entries (4th) with fields (5th).
        enum Part {
            /// A whole reply, or a word of a simple list.
            case text
            /// An integer, whose value is of no use to anybody here.
            case number
            /// Nothing: no stream has anything new.
            case null
            /// What follows is a list.
            case list
            /// The server refuses.
            case failure
            /// The name of the stream that the following entries are of.
            case stream
            /// The identifier of the entry that the next value is of.
            case entry
            /// The value of a message.
            case value
        }

        /// One part, and where its bytes are.
        struct Item {
            let part: Part
            let position: Int
            let byteCount: Int
        }

        /// What came since the last `removeAll`.
        private(set) var items: [Item] = []
        // BOUND: what one read completes, which is a read and the largest message.
        private var bytes = GrowingBytes(capacity: 1 << 16)
        private let functions: UnsafeMutablePointer<redisReplyObjectFunctions>

        init() {
            functions = .allocate(capacity: 1)
            functions.initialize(
                to: redisReplyObjectFunctions(
                    createString: { RedisInbox.note($0, $1, $2) },
                    createArray: { task, _ in RedisInbox.note(task, nil, 0) },
                    createInteger: { task, _ in RedisInbox.note(task, nil, 0) },
                    createNil: { RedisInbox.note($0, nil, 0) },
                    freeObject: { _ in }))
            items.reserveCapacity(1_024)
        }

        deinit { functions.deallocate() }

        /// A reader that reports here, which must not outlive this; nil without memory.
        func makeReader() -> UnsafeMutablePointer<redisReader>? {
            guard let reader = redisReaderCreateWithFunctions(functions) else { return nil }
            // SAFETY: not retained; who asks for the reader frees it before this goes away.
            reader.pointee.privdata = Unmanaged.passUnretained(self).toOpaque()
            // The reader keeps its memory instead of giving back what is more than 16 KiB.
            reader.pointee.maxbuf = 0
            return reader
        }

        /// The bytes of a part; valid until the next read.
        func bytes(of item: Item) -> UnsafeRawBufferPointer {
            bytes.bytes(at: item.position, count: item.byteCount)
        }

        /// The words of a reply.
        var texts: [String] {
            items.filter { $0.part == .text }.map { String(decoding: bytes(of: $0), as: UTF8.self) }
        }

        /// Why the server refuses, if it does.
        var failure: String? {
            items.first { $0.part == .failure }
                .map { String(decoding: bytes(of: $0), as: UTF8.self) }
        }

        /// Makes room for what comes next.
        func removeAll() {
            items.removeAll(keepingCapacity: true)
            bytes.removeAll()
        }

        /// Called by the reader for each part.
        ///
        /// - Returns: Anything but nil, which would stand for a lack of memory.
        private static func note(
            _ task: UnsafePointer<redisReadTask>?, _ text: UnsafePointer<CChar>?, _ count: Int
        ) -> UnsafeMutableRawPointer? {
            guard let task, let owner = task.pointee.privdata else { return nil }
            // SAFETY: set by `makeReader`, and the reader does not outlive the inbox.
            let inbox = Unmanaged<RedisInbox>.fromOpaque(owner).takeUnretainedValue()
            if let part = part(task) { inbox.append(part, text, count) }
            return owner
        }

        private func append(_ part: Part, _ text: UnsafePointer<CChar>?, _ count: Int) {
            items.append(Item(part: part, position: bytes.byteCount, byteCount: count))
            bytes.append(UnsafeRawBufferPointer(start: text, count: count))
        }

        /// What a part is; nil for those that nobody needs.
        private static func part(_ task: UnsafePointer<redisReadTask>) -> Part? {
            let level = level(of: task)
            switch task.pointee.type {
            case REDIS_REPLY_ERROR: return .failure
            case REDIS_REPLY_INTEGER: return level == 0 ? .number : nil
            case REDIS_REPLY_NIL: return level == 0 ? .null : nil
            case REDIS_REPLY_ARRAY: return level == 0 ? .list : nil
            default: break
            }
            switch level {
            case 0, 1: return .text
            case 2: return .stream
            case 4: return .entry
            case 5 where task.pointee.idx == 1: return .value
            default: return nil
            }
        }

        /// How many lists a part is in.
        private static func level(of task: UnsafePointer<redisReadTask>) -> Int {
            var level = 0
            var parent = task.pointee.parent
            // BOUND: the reader refuses more than nine levels.
            while let outer = parent {
                level += 1
                parent = outer.pointee.parent
            }
            return level
        }
    }
#endif
