// Bugs that are put into a simulation to see that it finds them.

import AeroIO
import AeroWire
import FaultSupport

/// A bug of the broker, as its clients would see it.
///
/// Each is planted at a boundary around the real broker: the network that carries its answers, the
/// batches it is given. A simulation that does not find one of them proves nothing.
package enum PlantedBug: String, CaseIterable, Sendable {
    /// Now and then an answer is not sent.
    case droppedAnswer
    /// Now and then an acknowledgement names the offset behind the right one.
    case baseOffsetOffByOne
    /// Nobody looks at a batch's checksum before it is stored.
    case checksumOff
    /// Now and then a push is lost.
    case lostDelivery
    /// Now and then a push is made twice.
    case repeatedDelivery
    /// Now and then a refusal of a batch is taken for its acknowledgement.
    case refusalAsAcknowledgement
    /// Consumers are told that they may read one record more than they may.
    case highWatermarkAhead
    /// A numbered batch is stored whenever it is sent: it is written twice when it is sent again.
    case repeatedBatchStored
    /// Nothing is synchronized: the disk says it is.
    case synchronizationOff
    /// Acknowledged when the synchronization begins, not when it ends.
    case earlyAcknowledgement
    /// Now and then a batch is written with the base offset behind the right one.
    case writtenBaseOffsetOffByOne
    /// Files and renames are not made durable: a power loss takes names away.
    case nameSynchronizationOff
    /// Recovery does not look at checksums: a batch that was written in part is taken for whole.
    case recoveryChecksumOff

    /// True for bugs that only a restart shows.
    package var concernsDisk: Bool {
        switch self {
        case .synchronizationOff, .earlyAcknowledgement, .writtenBaseOffsetOffByOne,
            .nameSynchronizationOff, .recoveryChecksumOff:
            true
        default: false
        }
    }

    /// Makes the disk that has the bug; nil for bugs of something else.
    func makeDisk(_ scheduler: SimulationScheduler) -> ((SimulatedDisk) -> any Disk)? {
        guard concernsDisk else { return nil }
        return { PlantedDisk($0, self, scheduler) }
    }
}

/// Cuts what a broker sends into frames, and makes the planted bug of them.
final class FrameTap: StreamTap {
    private let bug: PlantedBug
    private var pending: [UInt8] = []
    private var matchCount = 0

    /// Every so manieth frame that the bug concerns is hit.
    private static let period = 7

    init(_ bug: PlantedBug) { self.bug = bug }

    func pass(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        pending.append(contentsOf: bytes)
        var passed: [UInt8] = []
        while let frame = takeFrame() { passed += alter(frame) }
        return passed
    }

    private func takeFrame() -> [UInt8]? {
        guard pending.count >= 4 else { return nil }
        let length = pending[0..<4].reduce(0) { $0 << 8 | Int($1) }
        guard pending.count >= 4 + length else { return nil }
        defer { pending.removeFirst(4 + length) }
        return Array(pending[0..<4 + length])
    }

    private func alter(_ frame: [UInt8]) -> [UInt8] {
        let command = UInt16(frame[4]) << 8 | UInt16(frame[5])
        let payload = WireLimits.frameHeaderByteCount
        switch bug {
        case .droppedAnswer:
            let isConnect = command == Command.connect.replyCode
            let isAnswer = command & Command.replyBit != 0 && !isConnect
            return isAnswer && isHit() ? [] : frame
        case .baseOffsetOffByOne:
            let isStored = command == Command.send.replyCode && frame[payload + 1] == 0
            guard isStored, isHit() else { return frame }
            var altered = frame
            altered[frame.count - 1] &+= 1
            return altered
        case .lostDelivery:
            return command == Command.deliver.rawValue && isHit() ? [] : frame
        case .repeatedDelivery:
            return command == Command.deliver.rawValue && isHit() ? frame + frame : frame
        case .refusalAsAcknowledgement:
            guard command == Command.send.replyCode, frame[payload + 1] != 0 else { return frame }
            // Length, command, request id, code 0, base offset 0.
            return [0, 0, 0, 20] + frame[4..<payload] + [UInt8](repeating: 0, count: 10)
        case .highWatermarkAhead: return raisingHighWatermark(frame, command, payload)
        default: return frame
        }
    }

    private func raisingHighWatermark(
        _ frame: [UInt8], _ command: UInt16, _ payload: Int
    ) -> [UInt8] {
        var altered = frame
        switch command {
        case Command.deliver.rawValue: altered[payload + 7] &+= 1
        // Code, log start offset, high watermark.
        case Command.fetch.replyCode where frame[payload + 1] == 0: altered[payload + 17] &+= 1
        default: break
        }
        return altered
    }

    private func isHit() -> Bool {
        matchCount += 1
        return matchCount % Self.period == 0
    }
}
