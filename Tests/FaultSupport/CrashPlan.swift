// The changes that a power loss may take, one by one.

import AeroIO
import TestSupport

/// Everything on a disk that may or may not survive, in the order in which it came about.
///
/// A choice is a set of these atoms; every state that a power loss may leave has at least one.
struct CrashPlan {
    enum Kind {
        /// A change of names.
        case name(change: Int)
        /// A sector of a file.
        case sector(node: Int, index: Int)
        /// A length of a file; the last one chosen counts.
        case length(node: Int, index: Int)
    }

    struct Atom {
        let sequence: Int
        let kind: Kind
    }

    private let source: DiskImage
    let atoms: [Atom]

    init(_ image: DiskImage) {
        source = image
        var atoms: [Atom] = []
        for (index, change) in image.nameChanges.enumerated() where change.fate != .durable {
            atoms.append(Atom(sequence: change.sequence, kind: .name(change: index)))
        }
        for (node, content) in image.files.sorted(by: { $0.key < $1.key }) {
            atoms += Self.atoms(of: content, node: node)
        }
        // Each sequence number is of one change, whose atoms keep their order.
        self.atoms = atoms.enumerated().sorted {
            ($0.element.sequence, $0.offset) < ($1.element.sequence, $1.offset)
        }.map(\.element)
    }

    /// The atoms of a file: each sector, and behind it the length that ends with it.
    private static func atoms(of content: FileContent, node: Int) -> [Atom] {
        var atoms: [Atom] = []
        let sectors = content.uncertainSectors
        let lengths = content.lengths
        var sector = 0
        var length = content.certainLength + 1
        for (index, change) in content.changes.enumerated() {
            let sequence = change.sequence
            // BOUND: each round takes a sector or a length.
            while true {
                let hasSector = sector < sectors.count && sectors[sector].change == index
                let hasLength = length < lengths.count && lengths[length].change == index
                if hasLength,
                    !hasSector || sectors[sector].range.upperBound > lengths[length].byteCount
                {
                    atoms.append(
                        Atom(sequence: sequence, kind: .length(node: node, index: length)))
                    length += 1
                } else if hasSector {
                    atoms.append(
                        Atom(sequence: sequence, kind: .sector(node: node, index: sector)))
                    sector += 1
                } else {
                    break
                }
            }
        }
        return atoms
    }

    /// The disk that a choice leaves.
    /// - Parameter isThere: Whether an atom survives, by its index in `atoms`.
    func image(_ isThere: (Int) -> Bool) -> DiskImage {
        var names: Set<Int> = []
        var sectors: [Int: Set<Int>] = [:]
        var lengths: [Int: Int] = [:]
        for index in atoms.indices where isThere(index) {
            switch atoms[index].kind {
            case .name(let change): names.insert(change)
            case .sector(let node, let index): sectors[node, default: []].insert(index)
            case .length(let node, let index): lengths[node] = max(lengths[node] ?? 0, index)
            }
        }
        let tree = source.tree { names.contains($0) }
        var files: [Int: FileContent] = [:]
        for (_, node) in tree.walk() {
            guard let content = source.files[node] else { continue }
            let there = sectors[node] ?? []
            let length = lengths[node] ?? content.certainLength
            files[node] = FileContent(
                durable: content.left(length: length) { there.contains($0) })
        }
        return DiskImage(tree: tree, files: files)
    }

    // MARK: Choices

    /// Everything; every point in time; every atom lost, and every atom alone; and one kind lost
    /// altogether. The likeliest come last.
    var corners: [[Bool]] {
        let count = atoms.count
        let none = [Bool](repeating: false, count: count)
        var corners: [[Bool]] = []
        for index in 0..<count {
            var alone = none
            alone[index] = true
            corners.append(alone)
        }
        for index in 0..<count { corners.append((0..<count).map { $0 != index }) }
        for time in 0..<count { corners.append((0..<count).map { $0 < time }) }
        corners.append(atoms.map { if case .name = $0.kind { false } else { true } })
        corners.append(atoms.map { if case .sector = $0.kind { false } else { true } })
        corners.append(atoms.map { if case .length = $0.kind { false } else { true } })
        corners.append([Bool](repeating: true, count: count))
        corners.append(none)
        return corners
    }

    /// A choice by fair coins, one time in four. Else with one of several biases, since coins for
    /// many atoms nearly never give what accidents look like: much of it there, or little, or up
    /// to some time.
    func randomChoice(using random: inout SplitMix64) -> [Bool] {
        if Int.random(in: 0..<4, using: &random) == 0 {
            return atoms.map { _ in Bool.random(using: &random) }
        }
        let shares = [0.0, 0.1, 0.5, 0.9, 1.0]
        func share(_ random: inout SplitMix64) -> Double {
            shares[Int.random(in: 0..<shares.count, using: &random)]
        }
        let (names, sectors, lengths) = (share(&random), share(&random), share(&random))
        var (certain, possible) = (0, atoms.count)
        if Bool.random(using: &random) {
            certain = Int.random(in: 0...atoms.count, using: &random)
            possible = Int.random(in: certain...atoms.count, using: &random)
        }
        return atoms.enumerated().map { index, atom in
            if index < certain { return true }
            if index >= possible { return false }
            let share =
                switch atom.kind {
                case .name: names
                case .sector: sectors
                case .length: lengths
                }
            return Double.random(in: 0..<1, using: &random) < share
        }
    }
}
