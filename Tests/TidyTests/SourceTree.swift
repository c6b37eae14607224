// The files that the rules read: the package on disk, or a few lines made up by a test.

import Foundation

/// The visible files of a package.
struct SourceTree: Sendable {
    /// Sorted by path.
    let files: [TreeFile]

    init(_ files: [TreeFile]) { self.files = files.sorted { $0.path < $1.path } }

    /// A tree of one file, for a rule's own test.
    init(_ path: String, _ text: String) { self.init([TreeFile(path, text)]) }

    var swiftFiles: [TreeFile] { files.filter(\.isSwift) }

    /// The package that this test was built from, or the one that `AEROMQ_TIDY_ROOT` names.
    static let rootPath: String = {
        if let root = ProcessInfo.processInfo.environment["AEROMQ_TIDY_ROOT"] { return root }
        let thisFile = URL(fileURLWithPath: #filePath)
        let root = thisFile.deletingLastPathComponent().deletingLastPathComponent()
        return root.deletingLastPathComponent().path
    }()

    /// The package on disk, read once.
    static let package = Result { try SourceTree(root: rootPath) }

    /// Reads the visible files below a folder; names that start with a dot are left out.
    ///
    /// Files that no rule reads, such as results and fixtures, come without their text.
    init(root: String) throws {
        guard let walk = FileManager.default.enumerator(atPath: root) else {
            throw CocoaError(.fileReadNoSuchFile)
        }
        var files: [TreeFile] = []
        for case let path as String in walk {
            if path.split(separator: "/").last?.hasPrefix(".") ?? false {
                walk.skipDescendants()
                continue
            }
            let attributes = walk.fileAttributes ?? [:]
            guard attributes[.type] as? FileAttributeType != .typeDirectory else { continue }
            let mode = (attributes[.posixPermissions] as? NSNumber)?.intValue ?? 0
            let text = Self.isRead(path) ? try Self.text(of: root + "/" + path) : ""
            files.append(TreeFile(path, text, isExecutable: mode & 0o100 != 0))
        }
        self.init(files)
    }

    private static func text(of path: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
    }

    private static func isRead(_ path: String) -> Bool {
        let endings = [".swift", ".c", ".h", ".md"]
        return endings.contains(where: path.hasSuffix) || path.hasPrefix("scripts/")
    }
}
