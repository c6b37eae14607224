// How large a batch should become before it is sent: small when idle, large under load.

/// Target size and linger time of a producer that adapts them to what the broker can take.
///
/// Few batches in flight mean that the broker answers faster than messages come: waiting would only
/// delay them. Many in flight mean that each batch costs more than it carries: larger ones
/// are worth a wait. So on every answer
///
/// - with two or more batches still under way, target and linger grow by a fixed step,
/// - with none, both are halved,
///
/// additive increase and multiplicative decrease, as TCP does for the like reason (Chiu and Jain,
/// 1989). Without a batch in flight nothing ever lingers, and no linger is longer than half the
/// time that an answer takes: batching never adds more than half of what there is to wait anyway.
///
/// Pure: knows neither clock nor batches.
package struct AdaptiveBatchSize: Sendable {
    /// Batches under way, behind an answer, from which on the load counts as high.
    private static let busyCount = 2
    /// Steps from nothing to the largest target.
    private static let stepCount = 32
    /// How much an answer's time moves the smoothed one: an eighth (RFC 6298).
    private static let smoothingShift: Int64 = 3

    private let byteCountMax: Int
    private let lingerNanosecondsMax: Int64
    private var answerNanoseconds: Int64 = 0
    /// A batch of so many bytes is sent without a wait.
    package private(set) var targetByteCount = 0
    /// The longest wait, before it is measured against the time of an answer.
    private var lingerNanoseconds: Int64 = 0

    /// - Parameters:
    ///   - byteCountMax: The largest batch.
    ///   - lingerNanosecondsMax: The longest wait.
    package init(byteCountMax: Int, lingerNanosecondsMax: Int64) {
        precondition(byteCountMax > 0 && lingerNanosecondsMax >= 0, "bounds are positive")
        self.byteCountMax = byteCountMax
        self.lingerNanosecondsMax = lingerNanosecondsMax
    }

    /// A batch was answered.
    ///
    /// - Parameters:
    ///   - elapsed: From its sending to the answer.
    ///   - inFlightCount: Batches that are under way without it.
    package mutating func acknowledged(afterNanoseconds elapsed: Int64, inFlightCount: Int) {
        if answerNanoseconds == 0 {
            answerNanoseconds = elapsed
        } else {
            answerNanoseconds += (elapsed - answerNanoseconds) >> Self.smoothingShift
        }
        if inFlightCount >= Self.busyCount {
            targetByteCount = min(
                targetByteCount + max(byteCountMax / Self.stepCount, 1), byteCountMax)
            lingerNanoseconds = min(
                lingerNanoseconds + max(lingerNanosecondsMax / Int64(Self.stepCount), 1),
                lingerNanosecondsMax)
        } else if inFlightCount == 0 {
            targetByteCount /= 2
            lingerNanoseconds /= 2
        }
    }

    /// How long a batch may wait for more messages, from its first one on.
    ///
    /// - Parameters:
    ///   - byteCount: What it has.
    ///   - inFlightCount: Batches under way.
    package func lingerNanoseconds(byteCount: Int, inFlightCount: Int) -> Int64 {
        guard inFlightCount > 0, byteCount < targetByteCount else { return 0 }
        return min(lingerNanoseconds, answerNanoseconds / 2)
    }
}
