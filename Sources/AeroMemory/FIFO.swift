// A first-in first-out queue over an array.

/// Appends at the end, takes from the front, both in amortised constant time.
@usableFromInline package struct FIFO<Element> {
    @usableFromInline internal var elements: [Element?] = []
    @usableFromInline internal var head = 0

    /// Makes an empty queue.
    @inlinable
    package init() {}

    /// How many elements wait.
    @inlinable
    package var count: Int { elements.count - head }

    /// True when none waits.
    @inlinable
    package var isEmpty: Bool { head == elements.count }

    /// The oldest element.
    @inlinable
    package var first: Element? { isEmpty ? nil : elements[head] }

    /// Adds an element at the end.
    @inlinable
    package mutating func append(_ element: Element) { elements.append(element) }

    /// Takes the oldest element.
    @inlinable
    package mutating func popFirst() -> Element? {
        guard !isEmpty else { return nil }
        let element = elements[head]
        elements[head] = nil
        head += 1
        if head == elements.count {
            elements.removeAll(keepingCapacity: head <= 1_024)
            head = 0
        } else if head > 256, head * 2 > elements.count {
            elements.removeSubrange(0..<head)
            head = 0
        }
        return element
    }

    /// Changes elements in place, oldest first.
    package mutating func update(_ change: (inout Element) -> Void) {
        for index in elements.indices[head...] {
            guard var element = elements[index] else { continue }
            change(&element)
            elements[index] = element
        }
    }
}
