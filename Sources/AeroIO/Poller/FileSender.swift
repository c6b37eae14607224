// Ranges of files to sockets.

import Glibc

/// Sends files for a poller, one attempt at a time.
///
/// By sendfile(2): the bytes go from the page cache to the socket. A file without a descriptor is
/// read into memory and sent from there; what the socket didn't take is read again next time.
struct FileSender: ~Copyable {
    private static let stageByteCount = 64 * 1024

    /// Room to read into; made when it is first needed.
    private var stage: UnsafeMutableRawPointer?

    init() {}

    deinit { stage?.deallocate() }

    /// Moves as much of a slice, from its start, as the socket takes now, and no more than
    /// `PollerConfiguration.fileSendByteCountLimit`.
    /// - Returns: At least one byte moved, or a failure: `.noData` where the file is too short.
    mutating func attempt(_ slice: FileSlice, to socket: Int32) -> TransferResult {
        let result =
            if let descriptor = slice.file.descriptor {
                Syscall.sendFile(
                    socket, descriptor, at: slice.position,
                    byteCount: min(slice.byteCount, PollerConfiguration.fileSendByteCountLimit))
            } else {
                attemptStaged(slice, to: socket)
            }
        if case .moved(0) = result { return .failed(.noData) }
        return result
    }

    private mutating func attemptStaged(_ slice: FileSlice, to socket: Int32) -> TransferResult {
        let stage =
            stage ?? .allocate(byteCount: Self.stageByteCount, alignment: MemoryLayout<Int>.size)
        self.stage = stage
        let room = UnsafeMutableRawBufferPointer(
            start: stage, count: min(slice.byteCount, Self.stageByteCount))
        do throws(Errno) {
            let count = try slice.file.read(into: room, at: slice.position)
            guard count > 0 else { return .moved(0) }
            // SAFETY: the kernel copies the bytes before the call returns.
            var vector = SendVector(iov_base: stage, iov_len: count)
            return Syscall.send(socket, &vector, count: 1)
        } catch {
            return .failed(error)
        }
    }
}
