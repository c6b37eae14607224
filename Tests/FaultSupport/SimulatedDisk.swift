// A disk in memory that can lose what was not synchronized, fail, and fill up.

package import AeroIO
import Synchronization

/// A `Disk` in memory with the durability that POSIX promises, and no more.
///
/// What a power loss may leave is taken literally. Any set of the 512-byte sectors written since
/// the file was synchronized is there; of the file's lengths since then any one; and any set of
/// the names changed since their directory was synchronized, each change being atomic. Nothing
/// that was synchronized is lost. See `FileContent` and `DiskImage` for the details.
///
/// A new disk holds the directory `/` and nothing else; relative paths begin there. Any thread may
/// use it; hooks are called on the thread that made the call, without a lock.
package final class SimulatedDisk: Disk {
    /// Decides about a call before it is made: nil lets it go on, an error fails it.
    package typealias Decision = @Sendable (DiskOperation) -> Errno?
    /// Sees a call after it was made.
    package typealias Hook = @Sendable (SimulatedDisk, DiskOperation) -> Void

    private struct State {
        var image: DiskImage
        var capacityByteCount = Int.max
        var operationCounts: [DiskOperationKind: Int] = [:]
        var operationCount = 0
        var faults: [DiskFault] = []
        var lockedNodes: Set<Int> = []
        var decision: Decision?
        var hook: Hook?
    }

    private let state: Mutex<State>

    /// An empty disk.
    package convenience init() { self.init(DiskImage()) }

    init(_ image: DiskImage) { state = Mutex(State(image: image)) }

    /// Everything on the disk, at this moment.
    var image: DiskImage { state.withLock { $0.image } }

    // MARK: Faults and hooks

    /// The most bytes that files may have in all; beyond them writes give `Errno.noSpace`, and
    /// take what fits. Lengths are counted, holes too; a truncation is never refused.
    package var capacityByteCount: Int {
        get { state.withLock { $0.capacityByteCount } }
        set { state.withLock { $0.capacityByteCount = newValue } }
    }

    /// Bytes that the capacity is measured against.
    package var usedByteCount: Int { state.withLock { $0.image.usedByteCount } }

    /// Lets a call fail.
    package func inject(_ fault: DiskFault) { state.withLock { $0.faults.append(fault) } }

    /// Forgets the faults that were injected.
    package func removeFaults() { state.withLock { $0.faults.removeAll() } }

    /// Asks before each call from now on.
    package func setDecision(_ decision: Decision?) { state.withLock { $0.decision = decision } }

    /// Tells of each call from now on.
    package func setHook(_ hook: Hook?) { state.withLock { $0.hook = hook } }

    /// Calls made so far, failed ones included.
    package var operationCount: Int { state.withLock { $0.operationCount } }

    /// Calls of one kind made so far, failed ones included.
    package func operationCount(of kind: DiskOperationKind) -> Int {
        state.withLock { $0.operationCounts[kind] ?? 0 }
    }

    /// Changes the bytes of a file, in memory and on the disk alike, as a failing device would;
    /// what of the file was not durable is, then. Not counted as a call.
    package func damage(
        _ path: String, _ body: @Sendable (inout [UInt8]) -> Void
    ) throws(Errno) {
        try state.withLock { state throws(Errno) in
            let node = try state.image.openFile(path)
            state.image.damage(node, body)
        }
    }

    /// The kernel fails to write a file back that nobody synchronizes at present: some of what was
    /// not durable is lost, and whoever synchronizes the file or its file system next is told, each
    /// open description once. Not counted as a call.
    package func failWriteBack(_ path: String, _ error: Errno) throws(Errno) {
        try state.withLock { state throws(Errno) in
            let node = try state.image.openFile(path)
            state.image.loseContent(of: node)
            state.image.errors.record(error, of: node)
        }
    }

    // MARK: Calls

    /// Counts a call, lets it fail or runs it, and tells the hook.
    /// - Parameters:
    ///   - onFault: What a call that is made to fail does all the same.
    ///   - body: What it does otherwise.
    func perform<Value: Sendable>(
        _ kind: DiskOperationKind, _ path: String, byteCount: Int = 0,
        onFault: (inout DiskImage, DiskFault) -> Void = { _, _ in },
        _ body: (inout DiskImage) throws(Errno) -> Value
    ) throws(Errno) -> Value {
        var (operation, fault, decision, hook) = state.withLock { state in
            state.operationCount += 1
            state.operationCounts[kind, default: 0] += 1
            let operation = DiskOperation(
                ordinal: state.operationCount, kind: kind, path: path, byteCount: byteCount)
            // Each counts the call, also behind one that meets it.
            var met: DiskFault?
            for index in state.faults.indices where state.faults[index].meets(operation) {
                met = met ?? state.faults[index]
            }
            state.faults.removeAll { $0.count == 0 }
            return (operation, met, state.decision, state.hook)
        }
        if fault == nil, let error = decision?(operation) { fault = DiskFault(kind, error) }
        let outcome: Result<Value, Errno> = state.withLock { state in
            if let fault {
                onFault(&state.image, fault)
                return .failure(fault.error)
            }
            do throws(Errno) { return .success(try body(&state.image)) } catch {
                return .failure(error)
            }
        }
        if case .failure(let error) = outcome { operation.error = error }
        hook?(self, operation)
        return try outcome.get()
    }

    private func openFile(
        _ path: String, _ kind: DiskOperationKind,
        _ body: (inout DiskImage) throws(Errno) -> Int
    ) throws(Errno) -> SimulatedDiskFile {
        let (node, cursor) = try perform(kind, path) { image throws(Errno) in
            let node = try body(&image)
            image.retain(node)
            return (node, image.errors.cursor(of: node))
        }
        return SimulatedDiskFile(disk: self, node: node, path: path, errorCursor: cursor)
    }

    package func open(_ path: String) throws(Errno) -> any DiskFile {
        try openFile(path, .open) { image throws(Errno) in try image.openFile(path) }
    }

    package func openForReading(_ path: String) throws(Errno) -> any DiskFile {
        try open(path)
    }

    package func create(_ path: String) throws(Errno) -> any DiskFile {
        try openFile(path, .create) { image throws(Errno) in try image.createFile(path) }
    }

    package func createDirectory(_ path: String) throws(Errno) {
        try perform(.createDirectory, path) { image throws(Errno) in
            try image.createDirectory(path)
        }
    }

    package func entries(of path: String) throws(Errno) -> [DiskEntry] {
        try perform(.entries, path) { image throws(Errno) in try image.entries(of: path) }
    }

    package func rename(_ source: String, to target: String) throws(Errno) {
        try perform(.rename, target) { image throws(Errno) in
            try image.rename(source, to: target)
        }
    }

    package func remove(_ path: String) throws(Errno) {
        try perform(.remove, path) { image throws(Errno) in try image.remove(path) }
    }

    package func removeDirectory(_ path: String) throws(Errno) {
        try perform(.removeDirectory, path) { image throws(Errno) in
            try image.removeDirectory(path)
        }
    }

    package func synchronizeDirectory(_ path: String) throws(Errno) {
        try perform(
            .synchronizeDirectory, path,
            onFault: { image, fault in
                image.loseNames(in: path)
                image.errors.record(fault.error)
            }
        ) { image throws(Errno) in
            try image.synchronizeDirectory(path)
            // Opened for this call, so it is told what nobody has heard.
            let directory = try image.node(of: path)
            var cursor = image.errors.cursor(of: directory)
            if let error = image.errors.take(of: directory, since: &cursor) { throw error }
        }
    }

    package func openFileSystem(holding path: String) throws(Errno) -> any DiskFileSystem {
        let cursor = try perform(.open, path) { image throws(Errno) in
            _ = try image.node(of: path)
            return image.errors.fileSystemCursor
        }
        return SimulatedFileSystem(disk: self, path: path, errorCursor: cursor)
    }

    package func lock(_ path: String) throws(Errno) -> (any DiskLock)? {
        let node = try perform(.lock, path) { image throws(Errno) in
            do throws(Errno) { return try image.openFile(path) } catch {
                guard error == .noSuchFile else { throw error }
                return try image.createFile(path)
            }
        }
        let isFree = state.withLock { $0.lockedNodes.insert(node).inserted }
        return isFree ? SimulatedDiskLock(disk: self, node: node) : nil
    }

    // MARK: What files and locks need

    func close(_ node: Int) { state.withLock { $0.image.release(node) } }

    func unlock(_ node: Int) { state.withLock { _ = $0.lockedNodes.remove(node) } }

    /// Writes as much as there is room for.
    func write(_ bytes: [UInt8], at position: Int, to node: Int, _ path: String) throws(Errno) {
        let capacity = capacityByteCount
        try perform(
            .write, path, byteCount: bytes.count,
            onFault: { image, fault in
                let part = Array(bytes.prefix(fault.writtenByteCount))
                image.write(part, at: position, to: node)
            }
        ) { image throws(Errno) in
            let length = image.files[node]?.bytes.count ?? 0
            let room = capacity == .max ? .max : max(0, capacity - image.usedByteCount)
            let growth = max(0, position + bytes.count - length)
            guard growth > room else {
                image.write(bytes, at: position, to: node)
                return
            }
            let fitting = max(0, length + room - position)
            image.write(Array(bytes.prefix(fitting)), at: position, to: node)
            throw .noSpace
        }
    }
}

/// A lock on a simulated disk; it ends with the object, and is not there after a crash.
private final class SimulatedDiskLock: DiskLock {
    private let disk: SimulatedDisk
    private let node: Int

    init(disk: SimulatedDisk, node: Int) {
        self.disk = disk
        self.node = node
    }

    deinit { disk.unlock(node) }
}
