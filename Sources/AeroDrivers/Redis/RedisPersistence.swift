// What a Redis server does with a command before it answers.

#if RedisDriver
    import AeroLoad

    /// How a server keeps its append-only file, as it says itself.
    enum RedisPersistence: Equatable {
        /// There is none.
        case none
        /// Written before the answer, synced when the kernel likes to.
        case unsynced
        /// Written before the answer, synced once a second.
        case everySecond
        /// Written and synced before the answer.
        case always
        /// The server does not say, for this reason.
        case unknown(String)

        /// Asks a server.
        static func read(_ control: inout RedisControl) throws(DriverError) -> RedisPersistence {
            do throws(DriverError) {
                guard try setting("appendonly", &control) == "yes" else { return .none }
                switch try setting("appendfsync", &control) {
                case "always": return .always
                case "everysec": return .everySecond
                default: return .unsynced
                }
            } catch {
                // Users without the right to ask, and servers without the command, are common.
                return .unknown(error.cause)
            }
        }

        private static func setting(
            _ name: String, _ control: inout RedisControl
        ) throws(DriverError) -> String {
            let action = "ask for the setting \(name)"
            let answer = try control.ask(["CONFIG", "GET", name], action)
            guard answer.count == 2 else { throw DriverError(action, "there is no such setting") }
            return answer[1]
        }

        // BOUND: what a server that syncs once a second may lose; twice that on a slow disk.
        private static let syncNanoseconds: Int64 = 1_000_000_000

        /// What an answer promises, in the words of scenarios.
        var durability: TopicStorage.Durability {
            switch self {
            case .none, .unknown: .volatile
            case .unsynced: .os
            case .everySecond: .os
            case .always: .sync
            }
        }

        /// What happens before an answer, in the terms of Redis.
        var acknowledgement: String {
            switch self {
            case .none: "reply to XADD, from memory; no append-only file"
            case .unsynced: "reply to XADD, after write(2) to the append-only file; never synced"
            case .everySecond:
                "reply to XADD, after write(2) to the append-only file, synced every second"
            case .always: "reply to XADD, after fdatasync of the append-only file"
            case .unknown: "reply to XADD; the server does not say whether it keeps a file"
            }
        }

        /// Whether it keeps what a class asks for.
        func meets(_ wish: TopicStorage.Durability) -> Bool {
            switch wish {
            case .volatile: true
            case .os: [.unsynced, .everySecond, .always].contains(self)
            case .interval(let nanoseconds):
                self == .always || self == .everySecond && nanoseconds >= Self.syncNanoseconds
            case .sync: self == .always
            }
        }

        /// What differs from a wish that is met.
        func difference(from wish: TopicStorage.Durability) -> String? {
            switch (self, wish) {
            case (.unknown, _): "the server does not say whether it keeps a file"
            case (.everySecond, .interval):
                "the file is synced once a second, and up to two seconds are lost on a slow disk"
            case (_, .interval), (_, .volatile), (_, .os):
                durability == wish ? nil : "the server keeps more than was asked for"
            case (_, .sync): nil
            }
        }
    }
#endif
