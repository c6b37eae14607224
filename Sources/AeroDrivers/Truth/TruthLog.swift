// What the truth driver's target did, message by message, for an independent judge.

import AeroIO
import AeroLoad

/// The target's own record of its answers.
///
/// Entries of 64 bytes, big-endian, in the order of the answers, without a header:
///
/// | offset | size | field |
/// |---|---|---|
/// | 0 | 32 | the stamp, as it was sent |
/// | 32 | 8 | arrival, ns of the monotonic clock |
/// | 40 | 8 | when the plan had the answer due |
/// | 48 | 8 | when the target answered, by a reading of its own |
/// | 56 | 1 | planted fault: 0 for none, else 1 + its position in `TargetFault` |
/// | 57 | 7 | zero |
final class TruthLog {
    static let entryByteCount = 64
    // BOUND: 256 MiB of entries; a longer run has a record of its first messages.
    private static let entryCountMax = 4 << 20

    private let path: String
    private var bytes: [UInt8] = []
    private(set) var unrecordedCount: Int64 = 0

    /// - Parameter path: Where it is written to at the end.
    init(path: String) {
        self.path = path
        bytes.reserveCapacity(1 << 24)
    }

    /// Notes one answer.
    ///
    /// - Parameter value: The message as it was sent, with a stamp of the full form.
    func note(
        _ message: TruthMessage, _ value: UnsafeRawBufferPointer, answeredNanoseconds: Int64
    ) {
        guard bytes.count < Self.entryCountMax * Self.entryByteCount else {
            unrecordedCount += 1
            return
        }
        bytes.append(contentsOf: value.prefix(32))
        for time in [
            message.arrivedNanoseconds, message.dueNanoseconds, answeredNanoseconds,
        ] {
            for shift in stride(from: 56, through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: time >> Int64(shift)))
            }
        }
        bytes.append(message.fault.map { UInt8(1 + $0.position) } ?? 0)
        bytes.append(contentsOf: [0, 0, 0, 0, 0, 0, 0])
    }

    /// Writes the file.
    func write() throws(DriverError) {
        do throws(Errno) { try AtomicFile.write(path, bytes) } catch {
            throw DriverError("write \(path)", "\(error)")
        }
    }
}

extension TargetFault {
    /// Its position among all kinds.
    fileprivate var position: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
