// What stands on a side of an experiment.

import AeroIO
import AeroReport
import Glibc

/// A side, ready to be measured.
enum ExperimentSide: Equatable, Sendable {
    /// A broker that is started anew for every run.
    case broker(path: String)
    /// Something that runs already and stays.
    case endpoint(SocketAddress)

    /// Whether it is one process in all pairs.
    var isEndpoint: Bool {
        if case .endpoint = self { return true }
        return false
    }

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
    /// - Parameters:
    ///   - build: Builds revisions.
    ///   - copyPath: Where an executable is copied to, so that a build meanwhile changes no side.
    func resolve(
        _ build: RevisionBuild, copyTo copyPath: String
    ) throws(CommandError) -> (ExperimentSide, name: String) {
        switch self {
        case .endpoint(let address): return (.endpoint(address), "\(address)")
        case .path(let path):
            try Self.copy(try Self.executable(path), to: copyPath)
            return (.broker(path: copyPath), path)
        case .revision(let revision):
            let built = try build.broker(of: revision)
            return (.broker(path: built.path), "\(revision) (\(built.commit.prefix(7)))")
        }
    }

    private static func copy(_ path: String, to copyPath: String) throws(CommandError) {
        let bytes: [UInt8]
        var status = stat()
        do throws(Errno) {
            bytes = try InputFile.read(path)
            guard stat(path, &status) == 0 else { throw Errno(rawValue: errno) }
        } catch {
            throw .failed("cannot read \(path): \(error)")
        }
        try OutputFile.write(bytes, to: copyPath)
        guard chmod(copyPath, status.st_mode & 0o777) == 0 else {
            throw .failed("cannot change the mode of \(copyPath): \(Errno(rawValue: errno))")
        }
    }

    /// The executable that a path leads to.
    private static func executable(_ path: String) throws(CommandError) -> String {
        if InputFile.names(in: path).isEmpty { return path }
        let places = ["aeromq", ".build/release/aeromq", ".build/debug/aeromq"]
        for place in places where InputFile.exists("\(path)/\(place)") {
            return "\(path)/\(place)"
        }
        throw .failed(
            "there is no \(places.joined(separator: ", ")) in \(path); build one, or name the file")
    }
}
