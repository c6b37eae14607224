// The nearest known name to a misspelt one.

/// Finds what the user probably meant.
enum SpellingHint {
    /// The known name with the fewest edits, or nil when even that is not near.
    ///
    /// - Parameters:
    ///   - name: What was written.
    ///   - known: What could have been meant; the first of equally near names wins.
    static func nearest(to name: String, among known: some Sequence<String>) -> String? {
        var best: (name: String, distance: Int)?
        for candidate in known {
            let distance = editDistance(Array(name.utf8), Array(candidate.utf8))
            if distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        guard let best, best.distance <= max(2, best.name.utf8.count / 3) else { return nil }
        return best.name
    }

    /// ` (did you mean "x"?)`, or nothing when no known name is near.
    static func suffix(for nearest: String?) -> String {
        nearest.map { " (did you mean \"\($0)\"?)" } ?? ""
    }

    /// Levenshtein's distance: insertions, deletions and substitutions.
    ///
    /// - Complexity: The product of both lengths in time, the second length in memory.
    static func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var previous = Array(0...right.count)
        for (row, leftByte) in left.enumerated() {
            var current = [row + 1]
            for (column, rightByte) in right.enumerated() {
                let substitution = previous[column] + (leftByte == rightByte ? 0 : 1)
                current.append(min(substitution, previous[column + 1] + 1, current[column] + 1))
            }
            previous = current
        }
        return previous[right.count]
    }
}
