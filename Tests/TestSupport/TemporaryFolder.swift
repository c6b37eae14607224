// A folder for the files of one test.

import Foundation

/// A folder that is removed with its last reference.
package final class TemporaryFolder: Sendable {
    /// Its absolute path; it exists.
    package let path: String

    /// Makes an empty folder of a name that nobody else has.
    package init() throws {
        let url = FileManager.default.temporaryDirectory
            .appendingPathComponent("aeromq-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path
    }

    deinit {
        do { try FileManager.default.removeItem(atPath: path) } catch {
            print("left behind: \(path): \(error)")
        }
    }

    /// The path of a file in it, which need not exist.
    package func file(_ name: String) -> String { "\(path)/\(name)" }
}
