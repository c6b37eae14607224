// Why a command could not do what it was asked.

/// The one error of this module: what a person has to know, in one line.
package enum CommandError: Error, Equatable, Sendable {
    /// The command line is wrong; the text names the nearest valid spelling where there is one.
    case usage(String)
    /// Something that the command needs did not work.
    case failed(String)
    /// As `failed`, with an exit code of its own.
    case ended(String, ExitCode)

    /// What is wrong and what to do about it.
    package var message: String {
        switch self {
        case .usage(let text), .failed(let text), .ended(let text, _): text
        }
    }

    /// What the process exits with.
    package var exitCode: ExitCode {
        switch self {
        case .usage, .failed: .failure
        case .ended(_, let code): code
        }
    }
}
