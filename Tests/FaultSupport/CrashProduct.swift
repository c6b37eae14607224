// All states that a power loss may leave, where they can be counted.

import AeroIO

/// The product of what may become of the names and of each file.
struct CrashProduct {
    /// One set of names, and the files it reaches.
    private struct Names {
        let tree: DirectoryTree
        let files: [Int]
        let stateCount: Int
    }

    private let names: [Names]
    private let contents: [Int: [[UInt8]]]

    /// - Returns: nil when there may be more than `limit` states.
    init?(_ image: DiskImage, limit: Int) {
        var contents: [Int: [[UInt8]]] = [:]
        for (node, content) in image.files {
            guard let left = content.allLeft(limit: limit) else { return nil }
            contents[node] = left
        }
        let uncertain = image.nameChanges.indices.filter { image.nameChanges[$0].fate != .durable }
        guard let subsets = Self.power(uncertain.count, limit: limit) else { return nil }
        var names: [Names] = []
        var total = 0
        for subset in 0..<subsets {
            let tree = image.tree { change in
                guard let bit = uncertain.firstIndex(of: change) else { return false }
                return subset >> bit & 1 == 1
            }
            let files = tree.walk().map(\.node).filter { contents[$0] != nil }
            var stateCount = 1
            for file in files {
                let (product, isOver) = stateCount.multipliedReportingOverflow(
                    by: contents[file]?.count ?? 1)
                guard !isOver, product <= limit else { return nil }
                stateCount = product
            }
            total += stateCount
            guard total <= limit else { return nil }
            names.append(Names(tree: tree, files: files, stateCount: stateCount))
        }
        self.names = names
        self.contents = contents
    }

    /// 2 to the power of `exponent`, or nil beyond `limit`.
    static func power(_ exponent: Int, limit: Int) -> Int? {
        guard exponent < Int.bitWidth - 2, 1 << exponent <= limit else { return nil }
        return 1 << exponent
    }

    /// A state by its number; nil behind the last.
    func image(_ index: Int) -> DiskImage? {
        var rest = index
        for names in names {
            guard rest >= names.stateCount else { return image(names, rest) }
            rest -= names.stateCount
        }
        return nil
    }

    private func image(_ names: Names, _ index: Int) -> DiskImage {
        var rest = index
        var files: [Int: FileContent] = [:]
        for file in names.files {
            guard let contents = contents[file] else { continue }
            files[file] = FileContent(durable: contents[rest % contents.count])
            rest /= contents.count
        }
        return DiskImage(tree: names.tree, files: files)
    }
}

extension FileContent {
    /// All contents that a power loss may leave, each once; nil when they may be too many.
    func allLeft(limit: Int) -> [[UInt8]]? {
        let lengths = lengths
        let sectors = uncertainSectors
        var seen: Set<[UInt8]> = []
        var all: [[UInt8]] = []
        // The longest have the most, and show soonest that they are too many.
        for length in (certainLength..<lengths.count).reversed() {
            // A sector behind the end makes no difference.
            let visible = sectors.indices.filter {
                sectors[$0].range.lowerBound < lengths[length].byteCount
            }
            guard let subsets = CrashProduct.power(visible.count, limit: limit) else { return nil }
            for subset in 0..<subsets {
                let there = Set(
                    visible.indices.filter { subset >> $0 & 1 == 1 }.map { visible[$0] })
                let bytes = left(length: length) { there.contains($0) }
                if seen.insert(bytes).inserted { all.append(bytes) }
            }
            guard all.count <= limit else { return nil }
        }
        return all
    }
}
