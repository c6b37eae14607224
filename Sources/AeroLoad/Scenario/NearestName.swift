// Finds the name a person probably meant.

/// Suggestions for mistyped names, by edit distance.
package enum NearestName {
    /// The candidate nearest to `name`, or nil when none is near enough to be what was meant.
    ///
    /// Near enough is at most one edit for every three characters, and at least one; a swap of two
    /// neighbours is one edit. Ties go to the candidate listed first. Beyond one edit, the only
    /// candidate that begins with `name` goes before nearer ones: `consumers` means
    /// `consumers-per-group`, not `consume`.
    /// - Complexity: O(candidates × lengths); a few dozen each; long names are cut.
    package static func suggestion(for name: String, among candidates: [String]) -> String? {
        let typed = Array(name.lowercased().utf8.prefix(64))
        var best: (name: String, distance: Int)?
        for candidate in candidates {
            let target = Array(candidate.lowercased().utf8.prefix(64))
            let distance = editDistance(typed, target)
            let allowed = max(1, max(typed.count, target.count) / 3)
            guard distance <= allowed, distance < max(typed.count, target.count) else { continue }
            if distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        let longer = candidates.filter { typed.count >= 4 && $0.hasPrefix(name) }
        if longer.count == 1, best?.distance ?? .max > 1 { return longer[0] }
        return best?.name
    }

    /// Edits (insert, delete, replace, swap neighbours) that turn `a` into `b`.
    ///
    /// Source: optimal string alignment, the restricted Damerau-Levenshtein distance.
    static func editDistance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var beforePrevious = [Int](repeating: 0, count: b.count + 1)
        var previous = Array(0...b.count)
        for i in 0..<a.count {
            var row = [i + 1]
            row.reserveCapacity(b.count + 1)
            for j in 0..<b.count {
                let replaced = previous[j] + (a[i] == b[j] ? 0 : 1)
                var least = min(replaced, previous[j + 1] + 1, row[j] + 1)
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
                    least = min(least, beforePrevious[j - 1] + 1)
                }
                row.append(least)
            }
            beforePrevious = previous
            previous = row
        }
        return previous[b.count]
    }
}
