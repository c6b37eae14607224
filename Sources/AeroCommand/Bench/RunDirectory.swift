// A directory for the target of one run.

import AeroIO
import Glibc

/// Made for a run, and removed with everything in it.
struct RunDirectory {
    /// Where it is.
    let path: String
    /// Whether its file system is no disk.
    let isInMemory: Bool

    /// - Parameter folder: Where it is made; nil for TMPDIR, else /var/tmp, since /tmp is memory
    ///   on many machines.
    /// - Throws: `.failed` when it cannot be made there.
    init(in folder: String?) throws(CommandError) {
        let folder = folder ?? Self.temporaryFolder
        var template = Array("\(folder)/aerobench-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            let error = Errno(rawValue: errno)
            throw .failed(
                "cannot make a directory for the run in \(folder): \(error); "
                    + "name another folder with --data")
        }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        isInMemory = Self.isInMemory(path)
    }

    private static var temporaryFolder: String {
        guard let text = getenv("TMPDIR"), text.pointee != 0 else { return "/var/tmp" }
        return String(cString: text)
    }

    /// Whether a path is on tmpfs or ramfs; false where that can't be told.
    static func isInMemory(_ path: String) -> Bool {
        var status = stat()
        guard stat(path, &status) == 0 else { return false }
        let device = UInt64(status.st_dev)
        let major = (device >> 8 & 0xFFF) | (device >> 32 & ~0xFFF)
        let minor = (device & 0xFF) | (device >> 12 & ~0xFF)
        do throws(Errno) {
            let mounts = String(
                decoding: try InputFile.read("/proc/self/mountinfo"), as: UTF8.self)
            return isInMemory(device: "\(major):\(minor)", mounts: mounts)
        } catch {
            return false
        }
    }

    /// Source: proc(5) on /proc/pid/mountinfo.
    static func isInMemory(device: String, mounts: String) -> Bool {
        mounts.split(separator: "\n").contains { line in
            let words = line.split(separator: " ")
            // A varying number of fields stands between the device and the dash.
            guard words.count > 2, words[2] == device, let dash = words.firstIndex(of: "-"),
                words.indices.contains(dash + 1)
            else { return false }
            return words[dash + 1] == "tmpfs" || words[dash + 1] == "ramfs"
        }
    }

    /// Removes it; what cannot be removed is said.
    func remove(_ console: Console) {
        do throws(Errno) {
            try Self.remove(path, from: SystemDisk())
        } catch {
            console.error("cannot remove \(path): \(error)")
        }
    }

    // BOUND: as deep as the broker's data directory.
    private static func remove(_ path: String, from disk: SystemDisk) throws(Errno) {
        for entry in try disk.entries(of: path) {
            let inner = "\(path)/\(entry.name)"
            if entry.kind == .directory {
                try remove(inner, from: disk)
            } else {
                try disk.remove(inner)
            }
        }
        try disk.removeDirectory(path)
    }
}
