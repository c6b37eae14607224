// Makes a part of random bodies compress.

/// Overwrites the same share of every stretch of a body with text that repeats itself.
///
/// Stretches are short enough that the shortest message of a class has four of them, and at most
/// 256 bytes: so every message has nearly the share, and the few bytes by which a compressor
/// announces a repetition stay small beside it.
enum CompressibleBodies {
    private static let text = Array("all work and no play makes a bro".utf8)
    private static let stretchByteCounts = 8...256

    /// - Parameters:
    ///   - target: Random bodies, one behind the other.
    ///   - bodyByteCount: Of one.
    ///   - shortestByteCount: Of the shortest body that will be sent.
    ///   - billionths: The share, up to 10^9.
    static func write(
        _ target: UnsafeMutableRawBufferPointer, bodyByteCount: Int, shortestByteCount: Int,
        billionths: Int64
    ) {
        guard bodyByteCount > 0 else { return }
        let stretch = min(
            max(shortestByteCount / 4, stretchByteCounts.lowerBound), stretchByteCounts.upperBound)
        let share = Double(billionths) / 1e9
        for start in stride(from: 0, to: target.count, by: bodyByteCount) {
            for offset in 0..<bodyByteCount {
                // Within a stretch the text comes first.
                guard Double(offset % stretch) + 0.5 < share * Double(stretch) else { continue }
                target[start + offset] = text[offset % stretch % text.count]
            }
        }
    }
}
