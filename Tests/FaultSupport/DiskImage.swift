// Everything on a simulated disk.

import AeroIO

/// A change of names that is not known to be durable.
struct NameChange {
    enum Kind {
        /// A node got a name, and lost its former one: created, or renamed from `source`.
        case put(node: Int, DirectoryTree.Place, source: DirectoryTree.Place?)
        /// A node lost its name.
        case clear(node: Int, DirectoryTree.Place)
    }

    /// The disk-wide order of changes.
    let sequence: Int
    let kind: Kind
    var fate = Fate.pending

    var node: Int {
        switch kind {
        case .put(let node, _, _), .clear(let node, _): node
        }
    }

    /// The directories that have to be durable for it.
    var directories: [Int] {
        switch kind {
        case .put(_, let place, let source):
            [place.directory] + (source.map { [$0.directory] } ?? [])
        case .clear(_, let place): [place.directory]
        }
    }

    func apply(to tree: inout DirectoryTree) {
        switch kind {
        case .put(let node, let place, _): tree.put(node, at: place)
        case .clear(let node, let place): tree.clear(node, at: place)
        }
    }
}

/// Names and bytes, as they are seen and as they are durable.
///
/// A crash leaves any set of the changes of names; each is atomic. They take effect in the order
/// in which they were made, which is all the order there is: of two changes of one name the
/// later wins, or the earlier when the later is lost.
struct DiskImage {
    /// The names that are seen.
    private(set) var tree = DirectoryTree()
    /// The names that are durable, before `nameChanges`.
    private(set) var durableTree = DirectoryTree()
    private(set) var nameChanges: [NameChange] = []
    private(set) var files: [Int: FileContent] = [:]
    /// What could not be written back, and who knows.
    var errors = WriteBackErrors()
    /// Files that are open, how often.
    private var openCounts: [Int: Int] = [:]
    private var nodeCount = 1
    private var sequence = 0

    init() {}

    /// A disk on which all is durable.
    init(tree: DirectoryTree, files: [Int: FileContent]) {
        let nodes = Set(tree.walk().map(\.node))
        var tree = tree
        tree.keep(only: nodes)
        self.tree = tree
        durableTree = tree
        self.files = files.filter { nodes.contains($0.key) }
        nodeCount = (nodes.max() ?? 0) + 1
    }

    private mutating func nextSequence() -> Int {
        sequence += 1
        return sequence
    }

    // MARK: Paths

    /// The names of a path; `.` and `..` are resolved, and a relative path begins at `/`.
    private static func names(of path: String) -> [String] {
        var names: [String] = []
        for part in path.split(separator: "/") where part != "." {
            if part == ".." { _ = names.popLast() } else { names.append(String(part)) }
        }
        return names
    }

    private func node(of names: some Collection<String>) throws(Errno) -> Int {
        var node = DirectoryTree.root
        for name in names {
            guard tree.isDirectory(node) else { throw .notDirectory }
            guard let next = tree.node(at: .init(directory: node, name: name)) else {
                throw .noSuchFile
            }
            node = next
        }
        return node
    }

    func node(of path: String) throws(Errno) -> Int { try node(of: Self.names(of: path)) }

    /// Where a path's last name stands, or would; its directory must exist.
    func place(of path: String) throws(Errno) -> DirectoryTree.Place {
        let names = Self.names(of: path)
        guard let last = names.last else { throw .invalidArgument }
        let directory = try node(of: names.dropLast())
        guard tree.isDirectory(directory) else { throw .notDirectory }
        return .init(directory: directory, name: last)
    }

    // MARK: Names

    private mutating func record(_ kind: NameChange.Kind) {
        let change = NameChange(sequence: nextSequence(), kind: kind)
        change.apply(to: &tree)
        nameChanges.append(change)
    }

    private mutating func makeNode(at path: String) throws(Errno) -> Int {
        let place = try place(of: path)
        guard tree.node(at: place) == nil else { throw .fileExists }
        let node = nodeCount
        nodeCount += 1
        record(.put(node: node, place, source: nil))
        return node
    }

    mutating func createFile(_ path: String) throws(Errno) -> Int {
        guard !path.hasSuffix("/") else { throw .isDirectory }
        let node = try makeNode(at: path)
        files[node] = FileContent()
        return node
    }

    mutating func createDirectory(_ path: String) throws(Errno) {
        let node = try makeNode(at: path)
        tree.addDirectory(node)
        durableTree.addDirectory(node)
    }

    mutating func rename(_ source: String, to target: String) throws(Errno) {
        // In the order of the kernel, whose errors these are.
        let (from, place) = (try place(of: source), try place(of: target))
        guard let node = tree.node(at: from) else { throw .noSuchFile }
        guard !tree.isInside(place.directory, node) else { throw .invalidArgument }
        if let displaced = tree.node(at: place) {
            guard !tree.isInside(from.directory, displaced) else { throw .directoryNotEmpty }
            if displaced == node { return }
            switch (tree.directories[node], tree.directories[displaced]) {
            case (.some, nil): throw .notDirectory
            case (nil, .some): throw .isDirectory
            case (.some, .some(let names)): guard names.isEmpty else { throw .directoryNotEmpty }
            case (nil, nil): break
            }
        }
        record(.put(node: node, place, source: from))
        forgetUnused()
    }

    mutating func remove(_ path: String) throws(Errno) {
        let place = try place(of: path)
        guard let node = tree.node(at: place) else { throw .noSuchFile }
        guard !tree.isDirectory(node) else { throw .isDirectory }
        record(.clear(node: node, place))
        forgetUnused()
    }

    mutating func removeDirectory(_ path: String) throws(Errno) {
        let place = try place(of: path)
        guard let node = tree.node(at: place) else { throw .noSuchFile }
        guard let names = tree.directories[node] else { throw .notDirectory }
        guard names.isEmpty else { throw .directoryNotEmpty }
        record(.clear(node: node, place))
    }

    func entries(of path: String) throws(Errno) -> [DiskEntry] {
        guard let names = tree.directories[try node(of: path)] else { throw .notDirectory }
        return names.sorted { $0.key < $1.key }.map { name, node in
            DiskEntry(name: name, kind: tree.isDirectory(node) ? .directory : .file)
        }
    }

    // MARK: Files

    func openFile(_ path: String) throws(Errno) -> Int {
        let node = try node(of: path)
        guard !tree.isDirectory(node) else { throw .isDirectory }
        guard !path.hasSuffix("/") else { throw .notDirectory }
        return node
    }

    mutating func retain(_ node: Int) { openCounts[node, default: 0] += 1 }

    mutating func release(_ node: Int) {
        openCounts[node, default: 1] -= 1
        guard openCounts[node] == 0 else { return }
        openCounts[node] = nil
        if tree.places[node] == nil { forgetUnused() }
    }

    mutating func write(_ bytes: [UInt8], at position: Int, to node: Int) {
        let sequence = nextSequence()
        files[node]?.write(bytes, at: position, sequence: sequence)
    }

    mutating func truncate(_ node: Int, to byteCount: Int) {
        let sequence = nextSequence()
        files[node]?.truncate(to: byteCount, sequence: sequence)
    }

    mutating func damage(_ node: Int, _ body: (inout [UInt8]) -> Void) {
        files[node]?.damage(body)
    }

    /// Bytes of the files that have a name or are open.
    var usedByteCount: Int {
        files.reduce(0) { sum, file in
            tree.places[file.key] == nil && openCounts[file.key] == nil
                ? sum : sum + file.value.bytes.count
        }
    }

    // MARK: Durability

    /// The content of a file is durable.
    mutating func synchronize(_ node: Int) { files[node]?.synchronize() }

    /// The content of a file could not be made durable.
    mutating func loseContent(of node: Int) { files[node]?.loseChanges() }

    /// The names in a directory are durable; a rename is atomic, so it is in its other directory.
    mutating func synchronizeDirectory(_ path: String) throws(Errno) {
        let directory = try node(of: path)
        guard tree.isDirectory(directory) else { throw .notDirectory }
        settleNames(.durable) { $0.directories.contains(directory) }
    }

    /// The names in a directory could not be made durable.
    mutating func loseNames(in path: String) {
        do throws(Errno) {
            let directory = try node(of: path)
            settleNames(.lost) { $0.directories.contains(directory) }
        } catch {
            // Nothing to lose in what is not there.
            return
        }
    }

    /// Everything is durable.
    mutating func synchronizeAll() {
        for node in files.keys { synchronize(node) }
        settleNames(.durable) { _ in true }
    }

    /// What was not durable could not be made so: who asks for it next is told.
    mutating func loseAll(_ error: Errno) {
        errors.record(error)
        for (node, file) in files where file.hasPendingChanges { errors.record(error, of: node) }
        let pending = nameChanges.filter { $0.fate == .pending }
        for directory in Set(pending.flatMap(\.directories)) { errors.record(error, of: directory) }
        for node in files.keys { loseContent(of: node) }
        settleNames(.lost) { _ in true }
    }

    private mutating func settleNames(_ fate: Fate, _ concerns: (NameChange) -> Bool) {
        for index in nameChanges.indices
        where nameChanges[index].fate == .pending && concerns(nameChanges[index]) {
            nameChanges[index].fate = fate
        }
        // What follows a change that may be lost cannot be applied before it.
        let count = nameChanges.prefix { $0.fate == .durable }.count
        for change in nameChanges[..<count] { change.apply(to: &durableTree) }
        nameChanges.removeFirst(count)
        forgetUnused()
    }

    /// A disk after the process has died: all is as it was seen, nothing is open, and what nobody
    /// has heard of may be forgotten, as it is with a file that the kernel lets go of.
    func closed() -> DiskImage {
        var image = self
        image.openCounts = [:]
        image.errors = WriteBackErrors()
        image.forgetUnused()
        return image
    }

    private mutating func forgetUnused() {
        let used = Set(tree.places.keys).union(durableTree.places.keys)
            .union(nameChanges.map(\.node)).union(openCounts.keys)
        guard files.keys.contains(where: { !used.contains($0) }) else { return }
        files = files.filter { used.contains($0.key) }
        tree.keep(only: used)
        durableTree.keep(only: used)
    }
}
