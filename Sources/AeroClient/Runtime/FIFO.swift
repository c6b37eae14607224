// A first-in first-out queue over an array.

/// Appends at the end, takes from the front, both in amortised constant time.
package struct FIFO<Element> {
    private var elements: [Element?] = []
    private var head = 0

    /// Makes an empty queue.
    package init() {}

    /// How many elements wait.
    package var count: Int { elements.count - head }
    /// True when none waits.
    package var isEmpty: Bool { head == elements.count }
    /// The oldest element.
    package var first: Element? { isEmpty ? nil : elements[head] }

    /// Adds an element at the end.
    package mutating func append(_ element: Element) { elements.append(element) }

    /// Takes the oldest element.
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
}
