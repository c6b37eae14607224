// The same calls on a real disk and on the simulated one come to the same.

import AeroIO
import FaultSupport
import TestSupport
import Testing

/// A simulation that is more lenient, or stricter, than the kernel would prove nothing.
@Suite(.timeLimit(.minutes(10)))
struct DiskDifferenceTests {
    @Test func randomCallsComeToTheSame() throws {
        let seed = TestSeed.current
        for round in 0..<UInt64(30) {
            try TestDisk.system.use { system, systemRoot in
                try TestDisk.simulated.use { simulated, simulatedRoot in
                    var random = SplitMix64(seed: seed &+ round)
                    var real = DiskScript(disk: system, root: systemRoot)
                    var model = DiskScript(disk: simulated, root: simulatedRoot)
                    for step in 0..<300 {
                        let call = DiskScript.Call(using: &random)
                        let expected = real.run(call)
                        let found = model.run(call)
                        #expect(
                            found == expected, "seed \(seed &+ round), step \(step), \(call)")
                        if found != expected { return }
                    }
                    let (expected, found) = (try real.listing(), try model.listing())
                    #expect(found == expected, "seed \(seed &+ round)")
                }
            }
        }
    }
}

/// Calls on few names, so that they meet often, and with a few files open.
private struct DiskScript {
    enum Call {
        case open(String), create(String), createDirectory(String), entries(String)
        case rename(String, String), remove(String), removeDirectory(String)
        case synchronizeDirectory(String), replace(String, Int), close(Int)
        case write(Int, at: Int, Int, UInt8), read(Int, at: Int, Int), truncate(Int, Int)
        case synchronize(Int)

        init(using random: inout SplitMix64) {
            func number(_ bound: Int, _ random: inout SplitMix64) -> Int {
                Int.random(in: 0..<bound, using: &random)
            }
            func path(_ random: inout SplitMix64) -> String {
                let depth = number(3, &random)
                return (0...depth).map { _ in ["a", "b", "c"][number(3, &random)] }
                    .joined(separator: "/")
            }
            let slot = number(4, &random)
            switch number(16, &random) {
            case 0, 1: self = .open(path(&random))
            case 2, 3: self = .create(path(&random))
            case 4, 5: self = .createDirectory(path(&random))
            case 6: self = .entries(path(&random))
            case 7, 8: self = .rename(path(&random), path(&random))
            case 9: self = .remove(path(&random))
            case 10: self = .removeDirectory(path(&random))
            case 11: self = .synchronizeDirectory(path(&random))
            case 12: self = .replace(path(&random), number(2000, &random))
            case 13:
                self = .write(
                    slot, at: number(3000, &random), number(2000, &random),
                    UInt8(number(255, &random) + 1))
            case 14: self = .truncate(slot, number(3000, &random))
            default:
                self =
                    number(4, &random) == 0
                    ? .close(slot) : .read(slot, at: number(3000, &random), 4000)
            }
        }
    }

    let disk: any Disk
    let root: String
    var open: [(any DiskFile)?] = [nil, nil, nil, nil]
    var next = 0

    init(disk: any Disk, root: String) {
        self.disk = disk
        self.root = root
    }

    /// What a call came to, as text.
    mutating func run(_ call: Call) -> String {
        do { return try attempt(call) } catch { return "\(error)" }
    }

    private mutating func attempt(_ call: Call) throws -> String {
        func full(_ path: String) -> String { "\(root)/\(path)" }
        switch call {
        case .open(let path): keep(try disk.open(full(path)))
        case .create(let path): keep(try disk.create(full(path)))
        case .createDirectory(let path): try disk.createDirectory(full(path))
        case .entries(let path):
            return try disk.entries(of: full(path)).sorted { $0.name < $1.name }.description
        case .rename(let source, let target):
            try disk.rename(full(source), to: full(target))
        case .remove(let path): try disk.remove(full(path))
        case .removeDirectory(let path): try disk.removeDirectory(full(path))
        case .synchronizeDirectory(let path): try disk.synchronizeDirectory(full(path))
        case .replace(let path, let count):
            try disk.replaceFile(full(path), with: [UInt8](repeating: 9, count: count))
        case .close(let slot): open[slot] = nil
        case .write(let slot, let position, let count, let byte):
            try open[slot]?.write([UInt8](repeating: byte, count: count), at: position)
        case .read(let slot, let position, let count):
            return "\(try open[slot]?.read(count, at: position) ?? [])"
        case .truncate(let slot, let count): try open[slot]?.truncate(to: count)
        case .synchronize(let slot): try open[slot]?.synchronize()
        }
        return "done"
    }

    private mutating func keep(_ file: any DiskFile) {
        open[next] = file
        next = (next + 1) % open.count
    }

    /// Every name with its bytes.
    func listing() throws -> [String] { try listing(root).map { String($0.dropFirst(root.count)) } }

    private func listing(_ path: String) throws -> [String] {
        var lines: [String] = []
        for entry in try disk.entries(of: path).sorted(by: { $0.name < $1.name }) {
            let inside = "\(path)/\(entry.name)"
            if entry.kind == .directory {
                lines += ["\(inside)/"] + (try listing(inside))
            } else {
                lines.append("\(inside) \(try disk.readFile(inside, limit: 1 << 20))")
            }
        }
        return lines
    }
}
