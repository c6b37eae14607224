// A batch on its way through a relay: a frame of length-prefixed messages.

import AeroMemory
import AeroWire

enum RelayFrame {
    /// Writes the header of a finished frame; the command field carries the destination.
    static func seal(_ frame: SharedSlice, destination: Int) {
        let room = UnsafeMutableRawBufferPointer(
            start: frame.owner.baseAddress + frame.position, count: frame.byteCount)
        let header = FrameHeader(
            commandCode: UInt16(destination), requestId: 0,
            payloadByteCount: frame.byteCount - WireLimits.frameHeaderByteCount)
        do throws(WireError) {
            try header.encode(into: room)
        } catch {
            preconditionFailure("a frame has room for its header: \(error)")
        }
    }

    /// Visits the messages of a frame's payload.
    ///
    /// - Returns: False when the payload is not a sequence of whole messages.
    static func forEachMessage(
        in payload: UnsafeRawBufferPointer, _ visit: (UnsafeRawBufferPointer) -> Void
    ) -> Bool {
        var position = 0
        while position < payload.count {
            guard payload.count - position >= PlainFraming.lengthByteCount else { return false }
            let length = Int(
                UInt32(
                    bigEndian: payload.loadUnaligned(fromByteOffset: position, as: UInt32.self)))
            position += PlainFraming.lengthByteCount
            guard length <= payload.count - position else { return false }
            visit(UnsafeRawBufferPointer(rebasing: payload[position..<position + length]))
            position += length
        }
        return true
    }
}
