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

    /// The present time, for `createdAt`; never for measuring.
    package static func now() -> String {
        text(millisecondsSince1970: Int64((Date().timeIntervalSince1970 * 1_000).rounded()))
    }

    /// A random identifier (UUID, version 4), for `id`.
    package static func makeIdentifier() -> String { UUID().uuidString.lowercased() }
}
