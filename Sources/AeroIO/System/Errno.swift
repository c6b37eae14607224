// The error every system call of this module throws.

import CLinux

/// A Linux error number, as `errno` gives it.
///
/// `EBADF` and `EFAULT` never appear: they are programming errors, and the wrapper that would have
/// to report one traps instead. `EINTR` is retried and `EAGAIN` is a value of its own.
package struct Errno: Error, Hashable, Sendable {
    /// The number, above zero.
    package let rawValue: Int32

    /// - Parameter rawValue: A number above zero, as `errno` holds it.
    package init(rawValue: Int32) { self.rawValue = rawValue }

    /// The symbolic name, such as `ECONNRESET`.
    package var name: String {
        guard let name = aero_errno_name(rawValue) else { return "errno \(rawValue)" }
        return String(cString: name)
    }

    package static let permissionDenied = Errno(rawValue: 1)
    package static let noSuchFile = Errno(rawValue: 2)
    package static let noSuchProcess = Errno(rawValue: 3)
    package static let interrupted = Errno(rawValue: 4)
    package static let ioError = Errno(rawValue: 5)
    package static let badDescriptor = Errno(rawValue: 9)
    package static let noChildProcess = Errno(rawValue: 10)
    package static let wouldBlock = Errno(rawValue: 11)
    package static let outOfMemory = Errno(rawValue: 12)
    package static let accessDenied = Errno(rawValue: 13)
    package static let badAddress = Errno(rawValue: 14)
    package static let fileExists = Errno(rawValue: 17)
    package static let crossDevice = Errno(rawValue: 18)
    package static let notDirectory = Errno(rawValue: 20)
    package static let isDirectory = Errno(rawValue: 21)
    package static let invalidArgument = Errno(rawValue: 22)
    package static let tooManyFilesInSystem = Errno(rawValue: 23)
    package static let tooManyFiles = Errno(rawValue: 24)
    package static let fileTooLarge = Errno(rawValue: 27)
    package static let noSpace = Errno(rawValue: 28)
    package static let readOnlyFileSystem = Errno(rawValue: 30)
    package static let brokenPipe = Errno(rawValue: 32)
    package static let notSupportedByKernel = Errno(rawValue: 38)
    package static let directoryNotEmpty = Errno(rawValue: 39)
    package static let noData = Errno(rawValue: 61)
    package static let timerExpired = Errno(rawValue: 62)
    package static let protocolError = Errno(rawValue: 71)
    package static let badMessage = Errno(rawValue: 74)
    package static let addressInUse = Errno(rawValue: 98)
    package static let addressNotAvailable = Errno(rawValue: 99)
    package static let connectionAborted = Errno(rawValue: 103)
    package static let connectionReset = Errno(rawValue: 104)
    package static let noBufferSpace = Errno(rawValue: 105)
    package static let notConnected = Errno(rawValue: 107)
    package static let timedOut = Errno(rawValue: 110)
    package static let connectionRefused = Errno(rawValue: 111)
    package static let inProgress = Errno(rawValue: 115)
    package static let quotaExceeded = Errno(rawValue: 122)
    package static let staleHandle = Errno(rawValue: 116)
    package static let needsCleaning = Errno(rawValue: 117)
    package static let canceled = Errno(rawValue: 125)
}

extension Errno {
    /// True for what a file may give and a connection never does: a disk that fails, a file system
    /// that is damaged or gone, and `.noData` where a file is shorter than was expected.
    package var concernsFile: Bool {
        switch self {
        case .ioError, .noData, .badMessage, .staleHandle, .needsCleaning: true
        default: false
        }
    }
}

extension Errno: CustomStringConvertible {
    /// The kernel's text and the symbolic name: `Connection reset by peer (ECONNRESET)`.
    package var description: String {
        guard let text = aero_errno_text(rawValue) else { return "errno \(rawValue)" }
        return "\(String(cString: text)) (\(name))"
    }
}
