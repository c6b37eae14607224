// Colour, only where it was asked for.

/// Whether and how rendered text is coloured.
///
/// The caller decides: a terminal and no `NO_COLOR` means `.colored`, everything else `.plain`.
package struct TerminalStyle: Equatable, Sendable {
    /// Whether escape sequences are written at all.
    package let isColored: Bool

    /// Text without any escape sequence.
    package static let plain = TerminalStyle(isColored: false)
    /// Text with ANSI colours (ECMA-48 SGR sequences).
    package static let colored = TerminalStyle(isColored: true)

    /// What a piece of text means.
    package enum Meaning: Int, Sendable {
        // The codes of ECMA-48: bold, faint, red, green, yellow.
        /// A title.
        case heading = 1
        /// Beside the point.
        case faint = 2
        /// Wrong.
        case bad = 31
        /// As it should be.
        case good = 32
        /// To be looked at.
        case doubtful = 33
    }

    /// The text, coloured by its meaning. Its width on the screen does not change.
    package func paint(_ text: String, _ meaning: Meaning) -> String {
        isColored ? "\u{1B}[\(meaning.rawValue)m\(text)\u{1B}[0m" : text
    }
}
