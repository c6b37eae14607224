// Telling the states of a disk apart, the same way in every process.

extension DiskImage {
    /// The names that a crash leaves.
    /// - Parameter isThere: Whether an uncertain change of names survives, by its index.
    func tree(_ isThere: (Int) -> Bool) -> DirectoryTree {
        var tree = durableTree
        for (index, change) in nameChanges.enumerated()
        where change.fate == .durable || isThere(index) {
            change.apply(to: &tree)
        }
        return tree
    }

    /// A hash of the names and bytes that are seen.
    var hash: UInt64 {
        var hash = StableHash()
        for (path, node) in tree.walk() {
            hash.add(Array(path.utf8))
            hash.add(files[node]?.bytes ?? [])
            hash.add(files[node] == nil ? 1 : 2)
        }
        return hash.value
    }
}

/// FNV-1a over words of eight bytes with a final mix: for telling apart, not for security.
///
/// Source: Fowler, Noll, Vo; the mix is that of SplitMix64.
struct StableHash {
    private var state: UInt64 = 0xCBF2_9CE4_8422_2325

    /// The hash of some bytes.
    static func of(_ bytes: [UInt8]) -> UInt64 {
        var hash = StableHash()
        hash.add(bytes)
        return hash.value
    }

    mutating func add(_ word: UInt64) {
        state = (state ^ word) &* 0x0000_0100_0000_01B3
        state ^= state >> 32
    }

    mutating func add(_ bytes: [UInt8]) {
        add(UInt64(bytes.count))
        var index = 0
        bytes.withUnsafeBytes { source in
            while index + 8 <= source.count {
                add(source.loadUnaligned(fromByteOffset: index, as: UInt64.self))
                index += 8
            }
            while index < source.count {
                add(UInt64(source[index]))
                index += 1
            }
        }
    }

    var value: UInt64 {
        var word = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
