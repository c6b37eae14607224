// Names of files and directories, without any idea of what is durable.

/// A tree of directories over numbered nodes. A node has one name or none: there are no hard links.
struct DirectoryTree {
    /// Where a name stands.
    struct Place: Hashable {
        var directory: Int
        var name: String
    }

    /// The node of `/`.
    static let root = 0

    /// The names in each directory; a node that is not in here is a file.
    private(set) var directories: [Int: [String: Int]] = [root: [:]]
    /// Where each node that has a name stands.
    private(set) var places: [Int: Place] = [:]

    func isDirectory(_ node: Int) -> Bool { directories[node] != nil }

    func node(at place: Place) -> Int? { directories[place.directory]?[place.name] }

    mutating func addDirectory(_ node: Int) { directories[node] = [:] }

    /// Gives a node the name, and takes its former name, and the node that had the name, away.
    mutating func put(_ node: Int, at place: Place) {
        if let former = places[node] { directories[former.directory]?[former.name] = nil }
        if let displaced = self.node(at: place) { places[displaced] = nil }
        // The directory itself may be gone: then the node is, too.
        places[node] = isDirectory(place.directory) ? place : nil
        directories[place.directory]?[place.name] = node
    }

    /// Takes the name off a node, if it is that node's.
    mutating func clear(_ node: Int, at place: Place) {
        guard self.node(at: place) == node else { return }
        directories[place.directory]?[place.name] = nil
        places[node] = nil
    }

    /// Forgets everything about nodes that are not in `kept`.
    mutating func keep(only kept: Set<Int>) {
        directories = directories.filter { $0.key == Self.root || kept.contains($0.key) }
        places = places.filter { kept.contains($0.key) }
    }

    /// Every node that can be reached from `/`, with its path, in the order of the paths.
    func walk() -> [(path: String, node: Int)] {
        var found: [(path: String, node: Int)] = []
        var waiting: [(path: String, node: Int)] = [("", Self.root)]
        // BOUND: a node is reached by its one name, so each is met once.
        while let (path, directory) = waiting.popLast() {
            for (name, node) in directories[directory] ?? [:] {
                found.append(("\(path)/\(name)", node))
                if isDirectory(node) { waiting.append(("\(path)/\(name)", node)) }
            }
        }
        return found.sorted { $0.path < $1.path }
    }

    /// True when `node` is `ancestor` or below it.
    func isInside(_ node: Int, _ ancestor: Int) -> Bool {
        var current = node
        // BOUND: the depth of the tree; the tree of a running disk has no cycle.
        while current != ancestor {
            guard let place = places[current] else { return false }
            current = place.directory
        }
        return true
    }
}
