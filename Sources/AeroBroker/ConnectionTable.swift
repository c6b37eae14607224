// The connections of a shard, found by token in constant time.

import AeroIO

/// Slots for connections; a token is a slot index and a generation, so an old token finds nothing.
internal struct ConnectionTable {
    private var slots: [BrokerConnection?] = []
    private var generations: [UInt32] = []
    private var free: [UInt32] = []

    /// Connections in the table.
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    /// All connections, in no particular order; a copy, so that closing while iterating is fine.
    var all: [BrokerConnection] { slots.compactMap { $0 } }

    /// A token for the next connection; follow with `insert`.
    mutating func makeToken() -> Token {
        let slot: UInt32
        if let reused = free.popLast() {
            slot = reused
        } else {
            slot = UInt32(slots.count)
            slots.append(nil)
            generations.append(0)
        }
        generations[Int(slot)] &+= 1
        return BrokerToken.connection(slot: slot, generation: generations[Int(slot)])
    }

    /// Adds a connection under the token made for it.
    mutating func insert(_ connection: BrokerConnection) {
        slots[BrokerToken.slot(of: connection.token)] = connection
        count += 1
    }

    /// The connection of this token, if it is still there.
    subscript(token: Token) -> BrokerConnection? {
        let slot = BrokerToken.slot(of: token)
        guard slots.indices.contains(slot), let found = slots[slot], found.token == token else {
            return nil
        }
        return found
    }

    /// Removes a connection; its slot is used again under another generation.
    mutating func remove(_ token: Token) {
        guard self[token] != nil else { return }
        let slot = BrokerToken.slot(of: token)
        slots[slot] = nil
        free.append(UInt32(slot))
        count -= 1
    }

    /// Gives back a token whose connection was never added.
    mutating func discard(_ token: Token) { free.append(UInt32(BrokerToken.slot(of: token))) }
}

/// How the broker uses the poller's tokens: index 0 is the listener, the others are connections.
internal enum BrokerToken {
    static var listener: Token { Token(index: 0, generation: 0) }

    static func connection(slot: UInt32, generation: UInt32) -> Token {
        Token(index: slot + 1, generation: generation)
    }

    static func slot(of token: Token) -> Int { Int(token.index) - 1 }
}
