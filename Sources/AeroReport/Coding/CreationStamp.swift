// When a document was made, and a name that no other document has.

import FoundationEssentials

/// The two things of a document that differ between equal runs.
package enum CreationStamp {
    /// Milliseconds since 1970 as ISO 8601 in UTC: `2026-01-31T09:05:00.250Z`.
    package static func text(millisecondsSince1970: Int64) -> String {
        let date = Date(timeIntervalSince1970: Double(millisecondsSince1970) / 1_000)
        return date.formatted(
            Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    /// Milliseconds since 1970 of a text in ISO 8601, with or without a fraction of a second.
    ///
    /// - Returns: nil for any other text.
    static func millisecondsSince1970(_ text: String) -> Int64? {
        for hasFraction in [true, false] {
            do {
                let style = Date.ISO8601FormatStyle(includingFractionalSeconds: hasFraction)
                let seconds = try style.parse(text).timeIntervalSince1970
                return Int64(clamping: seconds * 1_000)
            } catch {
                // It is the other form, or none.
                continue
            }
        }
        return nil
    }

    /// The present time, for `createdAt`; never for measuring.
    package static func now() -> String {
        text(millisecondsSince1970: Int64((Date().timeIntervalSince1970 * 1_000).rounded()))
    }

    /// A random identifier (UUID, version 4), for `id`.
    package static func makeIdentifier() -> String { UUID().uuidString.lowercased() }
}
