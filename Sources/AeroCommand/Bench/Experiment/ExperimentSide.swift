// What stands on a side of an experiment.

import AeroIO
import AeroReport

/// A side, ready to be measured.
enum ExperimentSide: Equatable, Sendable {
    /// A broker that is started anew for every run.
    case broker(path: String)
    /// Something that runs already and stays.
    case endpoint(SocketAddress)

    /// As the target of a run.
    func target(dataFolder: String?, front: ProxyOptions? = nil) -> RunTarget {
        switch self {
        case .broker(let path):
            RunTarget(endpoint: nil, brokerPath: path, dataFolder: dataFolder, front: front)
        case .endpoint(let address):
            RunTarget(endpoint: address, brokerPath: nil, dataFolder: nil, front: front)
        }
    }
}

/// A side as a user names it.
enum SideName: Equatable, Sendable {
    /// An executable, or a folder with one.
    case path(String)
    /// An address.
    case endpoint(SocketAddress)
    /// What git calls a revision.
    case revision(String)

    /// What exists as a file is a path, what reads as an address is one, the rest is a revision.
    init(_ text: String) {
        if InputFile.exists(text) {
            self = .path(text)
        } else if let address = Self.address(text) {
            self = .endpoint(address)
        } else {
            self = .revision(text)
        }
    }

    private static func address(_ text: String) -> SocketAddress? {
        guard text.contains(":") else { return nil }
        do throws(SocketAddressError) { return try SocketAddress.resolving(text) } catch {
            return nil  // A revision may hold a colon, too, and git says what is wrong with it.
        }
    }

    /// The side, built if it has to be, and how it is called in reports.
    ///
    /// - Parameter build: Builds revisions.
    func resolve(_ build: RevisionBuild) throws(CommandError) -> (ExperimentSide, name: String) {
        switch self {
        case .endpoint(let address): return (.endpoint(address), "\(address)")
        case .path(let path): return (.broker(path: try Self.executable(path)), path)
        case .revision(let revision):
            let built = try build.broker(of: revision)
            return (.broker(path: built.path), "\(revision) (\(built.commit.prefix(7)))")
        }
    }

    /// A path that a process can be started by: never a bare name, which would be looked up
    /// beside this program.
    private static func executable(_ path: String) throws(CommandError) -> String {
        let absolute = path.contains("/") ? path : "./" + path
        if InputFile.names(in: absolute).isEmpty { return absolute }
        let places = ["aeromq", ".build/release/aeromq", ".build/debug/aeromq"]
        for place in places where InputFile.exists("\(absolute)/\(place)") {
            return "\(absolute)/\(place)"
        }
        throw .failed(
            "there is no \(places.joined(separator: ", ")) in \(path); build one, or name the file")
    }
}
