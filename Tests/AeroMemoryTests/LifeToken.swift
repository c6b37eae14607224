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
