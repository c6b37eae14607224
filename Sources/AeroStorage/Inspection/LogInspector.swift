// Looks at every byte of logs and changes none.

package import AeroIO

/// Verifies logs: of a data directory, of a topic, or of one partition.
///
/// Reads only, and takes no lock: beside a running broker the ends of logs move while they are
/// looked at, and may be reported as unfinished.
package struct LogInspector: Sendable {
    let disk: any Disk

    /// - Parameter disk: Where the logs are.
    package init(disk: any Disk) { self.disk = disk }

    /// Inspects whatever the directory is.
    ///
    /// - Throws: `.system` when something cannot be read; damage is not an error.
    package func inspect(_ path: String) throws(StorageError) -> LogInspection {
        let names = try entries(of: path).map(\.name)
        var inspection = LogInspection(path: path)
        if names.contains("format") {
            try inspectData(path, &inspection)
        } else if names.contains("topic") {
            try inspectTopic(path, points: nil, &inspection)
        } else {
            inspection.partitions.append(try inspectPartition(path, point: nil))
        }
        return inspection
    }

    // MARK: - A data directory

    private func inspectData(
        _ path: String, _ inspection: inout LogInspection
    ) throws(StorageError) {
        let points: [CheckpointEntry]?
        do throws(DataDirectoryError) {
            points = try DataDirectory.readCheckpoints(of: path, on: disk)
        } catch {
            guard case .damaged(let file, let what) = error else { throw StorageError(error) }
            inspection.findings.append(
                InspectionFinding(severity: .damage, path: file, position: nil, what: what))
            points = nil
        }
        let topics = path + "/topics"
        for entry in try entries(of: topics) {
            let place = topics + "/" + entry.name
            if entry.kind != .directory {
                inspection.findings.append(.foreign(place))
            } else if entry.name.hasSuffix(".deleted") || entry.name.hasSuffix(".new") {
                inspection.findings.append(
                    InspectionFinding(
                        severity: .remark, path: place, position: nil,
                        what: "left of a topic that was deleted or never finished"))
            } else {
                try inspectTopic(place, points: points, &inspection)
            }
        }
        for entry in try entries(of: path + "/quarantine") {
            inspection.findings.append(
                InspectionFinding(
                    severity: .remark, path: path + "/quarantine/" + entry.name, position: nil,
                    what: "kept aside by a recovery"))
        }
    }

    /// - Parameter points: The checkpoints of the data directory; nil when they are not known.
    private func inspectTopic(
        _ path: String, points: [CheckpointEntry]?, _ inspection: inout LogInspection
    ) throws(StorageError) {
        let found = try entries(of: path)
        try inspectTopicFile(path + "/topic", &inspection)
        let topicId = DiskPath.split(path).name.split(separator: ".").last
            .flatMap { UInt32($0) }
        var missing: [UInt32: CheckpointEntry] = [:]
        for point in points ?? [] where point.topicId == topicId {
            missing[point.partition] = point
        }
        let numbers = found.filter { $0.kind == .directory }.compactMap { UInt32($0.name) }
        for number in numbers.sorted() {
            let entry = missing.removeValue(forKey: number)
            let point = entry.map {
                RecoveryPoint(offset: $0.offset, logStartOffset: $0.logStartOffset)
            }
            let isKnown = points != nil && topicId != nil
            inspection.partitions.append(
                try inspectPartition(
                    "\(path)/\(number)",
                    point: point
                        ?? (isKnown ? RecoveryPoint(offset: 0, logStartOffset: 0) : nil)))
        }
        for (number, point) in missing.sorted(by: { $0.key < $1.key })
        where point.offset > point.logStartOffset {
            inspection.findings.append(
                InspectionFinding(
                    severity: .damage, path: "\(path)/\(number)", position: nil,
                    what: "records up to offset \(point.offset) were durable and none is there"))
        }
        for entry in found where entry.name != "topic" {
            if entry.kind == .directory, UInt32(entry.name) != nil { continue }
            inspection.findings.append(.foreign(path + "/" + entry.name))
        }
    }

    private func inspectTopicFile(
        _ path: String, _ inspection: inout LogInspection
    ) throws(StorageError) {
        let what: String
        do throws(Errno) {
            if SealedText.decode(try disk.readFile(path, limit: 64 << 10)) != nil { return }
            what = "its checksum does not match"
        } catch .noSuchFile {
            what = "the topic's file is missing"
        } catch {
            throw .system(action: "read", path: path, error)
        }
        inspection.findings.append(
            InspectionFinding(severity: .damage, path: path, position: nil, what: what))
    }

    // MARK: - The disk

    /// The entries of a directory, by name.
    func entries(of path: String) throws(StorageError) -> [DiskEntry] {
        try attempt("read", path) { () throws(Errno) in
            try disk.entries(of: path).sorted { $0.name < $1.name }
        }
    }

    func attempt<Value>(
        _ action: String, _ path: String, _ body: () throws(Errno) -> Value
    ) throws(StorageError) -> Value {
        do throws(Errno) {
            return try body()
        } catch {
            throw .system(action: action, path: path, error)
        }
    }
}

extension InspectionFinding {
    static func foreign(_ path: String) -> InspectionFinding {
        InspectionFinding(
            severity: .remark, path: path, position: nil, what: "this is not the broker's")
    }
}

extension StorageError {
    /// The same, as logs say it.
    fileprivate init(_ error: DataDirectoryError) {
        switch error {
        case .damaged(let path, let what): self = .damaged(path: path, position: 0, what: what)
        case .system(let action, let path, let errno):
            self = .system(action: action, path: path, errno)
        case .foreign(let path, _), .locked(let path), .unknownFormat(let path, _):
            preconditionFailure("reading checkpoints of \(path) locks and recognizes nothing")
        }
    }
}
