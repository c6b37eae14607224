// Directories with all that is in them.

import AeroIO

extension Disk {
    /// Removes a directory and everything in it.
    func removeTree(_ path: String) throws(Errno) {
        for entry in try entries(of: path) {
            let inner = path + "/" + entry.name
            if entry.kind == .directory { try removeTree(inner) } else { try remove(inner) }
        }
        try removeDirectory(path)
    }

    /// Removes a directory and everything in it, or a file, if there is one.
    func removeTreeIfThere(_ path: String) throws(Errno) {
        do throws(Errno) { try removeTree(path) } catch {
            switch error {
            case .noSuchFile: return
            case .notDirectory: try remove(path)
            default: throw error
            }
        }
    }

    /// Copies a directory and all files in it.
    func copyTree(_ source: String, to target: String) throws(Errno) {
        try createDirectory(target)
        for entry in try entries(of: source) {
            let (from, to) = (source + "/" + entry.name, target + "/" + entry.name)
            switch entry.kind {
            case .directory: try copyTree(from, to: to)
            case .file: try writeFile(to, try readFile(from, limit: 1 << 30))
            case .other: continue
            }
        }
    }

    /// Makes a file, or gives it other content; nothing of it is durable yet.
    func writeFile(_ path: String, _ bytes: [UInt8]) throws(Errno) {
        let file: any DiskFile
        do throws(Errno) { file = try create(path) } catch .fileExists { file = try open(path) }
        try file.truncate(to: 0)
        var failure: Errno?
        bytes.withUnsafeBytes { source in
            // SAFETY: lent for the call only.
            do throws(Errno) { try file.write(source, at: 0) } catch { failure = error }
        }
        if let failure { throw failure }
    }
}
