// Calls a real disk as it is told and says what came of it: a child process to let calls fail in.

import AeroIO
import Glibc

/// Each argument is a call, `NAME` or `NAME:ARGUMENT`, and each gives one line. Calls on a file
/// are of the one that was opened last.
///
///     DiskProbe create:/tmp/a write:1000 sync   →   create ok / write ok / sync EIO
@main
struct DiskProbe {
    private let disk = SystemDisk()
    private var file: (any DiskFile)?
    private var byteCount = 0

    static func main() {
        var probe = DiskProbe()
        for call in CommandLine.arguments.dropFirst() {
            let parts = call.split(separator: ":", maxSplits: 1)
            let argument = parts.count > 1 ? String(parts[1]) : ""
            let line = Array("\(parts[0]) \(probe.run(String(parts[0]), argument))\n".utf8)
            // Not buffered: the next call may end the process.
            guard Glibc.write(STDOUT_FILENO, line, line.count) == line.count else { exit(1) }
        }
    }

    private mutating func run(_ name: String, _ argument: String) -> String {
        do throws(Errno) { return try attempt(name, argument) } catch { return error.name }
    }

    private mutating func attempt(_ name: String, _ argument: String) throws(Errno) -> String {
        switch name {
        case "create": file = try disk.create(argument)
        case "open": file = try disk.open(argument)
        case "mkdir": try disk.createDirectory(argument)
        case "remove": try disk.remove(argument)
        case "rename": try disk.rename(argument, to: argument + ".renamed")
        case "replace": try disk.replaceFile(argument, with: Array("new".utf8))
        case "content":
            return String(decoding: try disk.readFile(argument, limit: 1000), as: UTF8.self)
        case "syncdir": try disk.synchronizeDirectory(argument)
        case "syncfs": try disk.openFileSystem(holding: argument).synchronize()
        case "send": return try send(Int(argument) ?? 0)
        default: return try attemptOnFile(name, Int(argument) ?? 0)
        }
        return "ok"
    }

    private mutating func attemptOnFile(_ name: String, _ number: Int) throws(Errno) -> String {
        guard let file else { throw .noSuchFile }
        switch name {
        case "write":
            let bytes = [UInt8](repeating: UInt8(ascii: "x"), count: number)
            var failure: Errno?
            bytes.withUnsafeBytes { source in
                do throws(Errno) { try file.write(source, at: byteCount) } catch {
                    failure = error
                }
            }
            if let failure { throw failure }
            byteCount += number
        case "read":
            let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: number, alignment: 8)
            defer { memory.deallocate() }
            return "\(try file.read(into: memory, at: 0))"
        case "size": return "\(try file.byteCount())"
        case "truncate":
            try file.truncate(to: number)
            byteCount = number
        case "sync": try file.synchronize()
        default: throw .invalidArgument
        }
        return "ok"
    }

    /// Sends bytes of the file to a peer that reads nothing: what fits, or the failure.
    private func send(_ count: Int) throws(Errno) -> String {
        guard let file else { throw .noSuchFile }
        let listener = try TCPListener.bind(.loopback(port: 0))
        let address = listener.localAddress
        var poller = try EpollPoller()
        let (listening, sending) = (
            Token(index: 0, generation: 0), Token(index: 1, generation: 0)
        )
        try poller.addListener(listener.take(), token: listening)
        try poller.addConnection(
            TCPConnection.connect(to: address), token: sending, isConnecting: true)
        poller.sendFile(sending, FileSlice(file: file, position: 0, byteCount: count))
        while true {
            try poller.wait(timeoutNanoseconds: -1)
            while let completion = poller.next() {
                switch completion {
                case .sent(_, let byteCount): return "\(byteCount)"
                case .failed(_, let error): throw error
                default: break
                }
            }
        }
    }
}
