// Reading small files of the kernel.

import FoundationEssentials

/// Where environment capture reads from: the running system, or texts made up by a test.
package struct SystemFiles: Sendable {
    /// The content of a file, or nil when it cannot be read.
    package let read: @Sendable (_ path: String) -> String?
    /// The names in a folder, sorted; empty when it cannot be read.
    package let list: @Sendable (_ folder: String) -> [String]

    /// Makes a source from two functions.
    package init(
        read: @escaping @Sendable (_ path: String) -> String?,
        list: @escaping @Sendable (_ folder: String) -> [String]
    ) {
        self.read = read
        self.list = list
    }

    /// The running system.
    package static let live = SystemFiles(
        read: { path in
            FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
        },
        list: { folder in
            do {
                return try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
            } catch {
                return []  // Older kernels and some containers do not have every folder.
            }
        })
}
