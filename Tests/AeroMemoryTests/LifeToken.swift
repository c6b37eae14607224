// An item that says when it is destroyed.

import Synchronization

/// Counts how many of its tokens live.
final class LifeLedger: Sendable {
    private let living = Atomic<Int>(0)

    var count: Int { living.load(ordering: .acquiring) }

    func makeToken(_ number: Int) -> LifeToken {
        living.add(1, ordering: .relaxed)
        return LifeToken(number: number, ledger: self)
    }

    // Releasing: pairs with the load in `count`.
    fileprivate func end() { living.subtract(1, ordering: .releasing) }
}

/// An uncopyable item that its ledger knows of.
struct LifeToken: ~Copyable, Sendable {
    let number: Int
    fileprivate let ledger: LifeLedger

    deinit { ledger.end() }
}

/// Whether there is an item; it is destroyed. (`== nil` and `#expect` copy what they look at.)
func isPresent<Item: ~Copyable>(_ item: consuming Item?) -> Bool {
    switch consume item {
    case .some: true
    case .none: false
    }
}

/// An item whose content lies in plain memory outside it.
///
/// ThreadSanitizer sees the writes and reads of that memory in every build, where the moves in and
/// out of a generic slot are hidden from it unless they are specialised; so a missing
/// happens-before between push and pop is found.
// SAFETY: the cell is owned by this value alone, which is used by one thread at a time.
struct TracedItem: ~Copyable, @unchecked Sendable {
    private let cell: UnsafeMutablePointer<Int>

    init(_ number: Int) {
        cell = .allocate(capacity: 1)
        cell.pointee = number
    }

    deinit { cell.deallocate() }

    /// Reads the content, and writes it again, so that it conflicts with any access unordered to
    /// it.
    var number: Int {
        cell.pointee += 0
        return cell.pointee
    }
}
