// A dictionary that is walked in the order in which its keys came.

/// Finds values by key, and walks them in the order of their first insertion.
///
/// The order of a plain `Dictionary` differs from process to process and from instance to
/// instance. Where it decides what is done first, a seed no longer reproduces what happened:
/// so what is both looked up and walked is kept in one of these.
///
/// Removing leaves a gap that later removals close up, so walking costs at most twice the
/// entries. Looking up costs what a dictionary costs, and one step into an array.
@usableFromInline package struct OrderedMap<Key: Hashable, Value>: Sequence {
    @usableFromInline struct Entry {
        @usableFromInline let key: Key
        /// Nil once removed.
        @usableFromInline var value: Value?

        @inlinable init(key: Key, value: Value?) {
            self.key = key
            self.value = value
        }
    }

    @usableFromInline var positions: [Key: Int] = [:]
    // BOUND: at most twice the entries and a few.
    @usableFromInline var entries: [Entry] = []

    /// An empty map; allocates nothing.
    @inlinable package init() {}

    /// How many entries there are.
    @inlinable package var count: Int { positions.count }

    /// True without entries.
    @inlinable package var isEmpty: Bool { positions.isEmpty }

    /// The value of a key; setting nil removes it, setting a new key puts it last.
    @inlinable package subscript(key: Key) -> Value? {
        get {
            guard let position = positions[key] else { return nil }
            return entries[position].value
        }
        set {
            guard let newValue else {
                removeValue(forKey: key)
                return
            }
            if let position = positions[key] {
                entries[position].value = newValue
            } else {
                positions[key] = entries.count
                entries.append(Entry(key: key, value: newValue))
            }
        }
    }

    /// Removes an entry.
    /// - Returns: Its value; nil when there was none.
    @inlinable @discardableResult
    package mutating func removeValue(forKey key: Key) -> Value? {
        guard let position = positions.removeValue(forKey: key) else { return nil }
        let value = entries[position].value
        entries[position].value = nil
        if entries.count > 2 * positions.count + 8 { closeGaps() }
        return value
    }

    @usableFromInline mutating func closeGaps() {
        entries.removeAll { $0.value == nil }
        for (position, entry) in entries.enumerated() { positions[entry.key] = position }
    }

    /// The values, in the order of their keys.
    @inlinable package var values: OrderedMapValues<Key, Value> { OrderedMapValues(map: self) }

    @inlinable package func makeIterator() -> OrderedMapIterator<Key, Value> {
        OrderedMapIterator(entries)
    }
}

/// Walks the entries of an `OrderedMap`.
@usableFromInline package struct OrderedMapIterator<Key: Hashable, Value>: IteratorProtocol {
    @usableFromInline let entries: [OrderedMap<Key, Value>.Entry]
    @usableFromInline var position = 0

    @inlinable init(_ entries: [OrderedMap<Key, Value>.Entry]) { self.entries = entries }

    @inlinable package mutating func next() -> (key: Key, value: Value)? {
        while position < entries.count {
            let entry = entries[position]
            position += 1
            if let value = entry.value { return (entry.key, value) }
        }
        return nil
    }
}

/// The values of an `OrderedMap`, in order.
@usableFromInline package struct OrderedMapValues<Key: Hashable, Value>: Sequence {
    @usableFromInline let map: OrderedMap<Key, Value>

    @inlinable init(map: OrderedMap<Key, Value>) { self.map = map }

    /// Walks values only.
    @usableFromInline package struct Iterator: IteratorProtocol {
        @usableFromInline var entries: OrderedMapIterator<Key, Value>

        @inlinable init(_ entries: OrderedMapIterator<Key, Value>) { self.entries = entries }

        @inlinable package mutating func next() -> Value? { entries.next()?.value }
    }

    @inlinable package func makeIterator() -> Iterator { Iterator(map.makeIterator()) }
}
