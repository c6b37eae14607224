// A folder whose files are changed for real and in a power shim's journal alike.

import AeroIO
import FaultSupport
import TestSupport

/// What a process under the power shim would do, without one.
struct PoweredFolder {
    private let folder: TemporaryFolder
    private let disk = SystemDisk()
    private var power: PowerLoss
    private var lines = ""
    private var nextNumber = 0

    /// A folder with files in it, all durable.
    init(_ files: [String: Int] = [:]) throws {
        folder = try TemporaryFolder()
        power = PowerLoss(root: folder.file("disk"), journal: folder.file("journal"))
        try disk.createDirectory(folder.file("disk"))
        for (name, byteCount) in files { try put(name, 0, byteCount) }
        try power.arm()
    }

    func path(_ name: String) -> String { folder.file("disk") + (name.isEmpty ? "" : "/" + name) }

    private func put(_ name: String, _ position: Int, _ byteCount: Int) throws {
        let file: any DiskFile
        do throws(Errno) { file = try disk.create(path(name)) } catch {
            file = try disk.open(path(name))
        }
        let bytes = [UInt8](repeating: 1, count: byteCount)
        try bytes.withUnsafeBytes { source in
            // SAFETY: lent for the call only.
            try file.write(source, at: position)
        }
    }

    mutating func note(_ line: String) { lines += line + "\n" }

    /// Writes ones.
    mutating func write(_ name: String, at position: Int, _ byteCount: Int) throws {
        try put(name, position, byteCount)
        note("W\t\(position)\t\(byteCount)\t\(path(name))")
    }

    mutating func create(_ name: String) throws {
        try put(name, 0, 0)
        note("C\t\(path(name))")
    }

    mutating func rename(_ source: String, _ target: String) throws {
        var backup = "-"
        do throws(Errno) {
            try disk.rename(path(target), to: folder.file("journal.\(nextNumber)"))
            backup = folder.file("journal.\(nextNumber)")
            nextNumber += 1
        } catch { precondition(error == .noSuchFile) }
        try disk.rename(path(source), to: path(target))
        note("R\t\(path(source))\t\(path(target))\t\(backup)")
    }

    mutating func remove(_ name: String) throws {
        let backup = folder.file("journal.\(nextNumber)")
        nextNumber += 1
        try disk.rename(path(name), to: backup)
        note("U\t\(path(name))\t\(backup)")
    }

    /// Begins a sync: `f` of a file, `d` of a directory, `s` of the file system.
    mutating func begin(_ kind: String, _ name: String) -> Int {
        nextNumber += 1
        note("B\t\(nextNumber)\t\(kind)\t\(path(name))")
        return nextNumber
    }

    mutating func end(_ number: Int) { note("E\t\(number)") }

    mutating func sync(_ kind: String, _ name: String) { end(begin(kind, name)) }

    /// Takes the power away.
    ///
    /// - Parameter rest: Behind the last line of the journal.
    func strike(
        seed: UInt64, _ honesty: DiskHonesty = .honest, rest: String = ""
    ) throws -> PowerLoss.Report {
        let bytes = Array((lines + rest).utf8)
        try disk.replaceFile(folder.file("journal"), with: bytes)
        var random = SplitMix64(seed: seed)
        return try power.strike(honesty, &random)
    }

    /// What is left of a file; nil when it is gone.
    func content(_ name: String) throws -> [UInt8]? {
        do throws(Errno) { return try disk.readFile(path(name), limit: 1 << 20) } catch {
            guard error == .noSuchFile else { throw error }
            return nil
        }
    }
}
