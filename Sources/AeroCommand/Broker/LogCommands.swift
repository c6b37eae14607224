// `aeromq log inspect`: what a directory of logs holds, and whether it is what was written.

import AeroIO
import AeroReport
import AeroStorage

enum LogCommands {
    static let all = [inspect]

    private static let inspect = Subcommand(
        CommandSpecification(
            "log inspect", summary: "Verify logs on disk, byte by byte", operands: ["DIR"],
            options: [
                ListingFormat.option,
                OptionSpecification("--segments", "also a line for each segment"),
            ],
            remarks:
                "DIR is a data directory, a topic's directory in it, or a partition's. Nothing is "
                + "changed.\nOf a data directory it is known what must be there; of the others "
                + "every bad byte counts as\ndamage. The exit code is 1 when there is damage. "
                + "Beside a running broker the ends of logs\nmove and may be called unfinished.",
            examples: [
                "aeromq log inspect /var/lib/aeromq",
                "aeromq log inspect /var/lib/aeromq/topics/orders.1/0 --segments --format json",
            ])
    ) { (arguments, console) async throws(CommandError) in
        let format = try arguments.choice("--format") ?? ListingFormat.text
        let inspection: LogInspection
        do throws(StorageError) {
            inspection = try LogInspector(disk: SystemDisk()).inspect(arguments.operands[0])
        } catch {
            throw .failed("\(error)")
        }
        let rendering = LogRendering(
            inspection: inspection, showsSegments: arguments.has("--segments"))
        switch format {
        case .text: console.write(rendering.text)
        case .json: console.write(rendering.json + "\n")
        }
        return inspection.hasDamage ? .failure : .pass
    }
}

/// An inspection as it is shown.
struct LogRendering {
    let inspection: LogInspection
    let showsSegments: Bool

    // MARK: - Text

    /// A table of partitions, then the findings, the worst first, then the verdict.
    var text: String {
        var text = ""
        if !inspection.partitions.isEmpty {
            let heading = [
                "log", "segments", "batches", "records", "first offset", "end offset", "size",
                "durable to",
            ]
            text += ConsoleTable.text([heading] + inspection.partitions.flatMap(rows))
        }
        for severity in InspectionSeverity.allCases {
            for finding in inspection.allFindings where finding.severity == severity {
                let place = finding.position.map { ", byte \($0)" } ?? ""
                text += "\(severity.rawValue): \(finding.path)\(place): \(finding.what)\n"
            }
        }
        let damageCount = inspection.allFindings.count { $0.severity == .damage }
        return text + (damageCount == 0 ? "no damage\n" : "damaged places: \(damageCount)\n")
    }

    private func rows(of partition: PartitionInspection) -> [[String]] {
        let total = [
            shortened(partition.path), "\(partition.segments.count)",
            grouped(partition.segments.reduce(0) { $0 + $1.batchCount }),
            grouped(partition.segments.reduce(0) { $0 + $1.recordCount }),
            partition.segments.first.map { "\($0.baseOffset)" } ?? "-",
            partition.segments.last.map { "\($0.nextOffset)" } ?? "-",
            UnitText.bytes(Int64(partition.segments.reduce(0) { $0 + $1.byteCount })),
            partition.recoveryPoint.map { "\($0.offset)" } ?? "?",
        ]
        guard showsSegments else { return [total] }
        return [total]
            + partition.segments.map { segment in
                [
                    "  " + shortened(segment.path), "", grouped(segment.batchCount),
                    grouped(segment.recordCount), "\(segment.baseOffset)",
                    "\(segment.nextOffset)", UnitText.bytes(Int64(segment.byteCount)),
                    segment.indexEntryCount.map { "index of \($0)" } ?? "",
                ]
            }
    }

    /// A path without what all have in common.
    private func shortened(_ path: String) -> String {
        for prefix in [inspection.path + "/topics/", inspection.path + "/"]
        where path.hasPrefix(prefix) { return String(path.dropFirst(prefix.count)) }
        return path
    }

    private func grouped(_ count: Int) -> String { UnitText.grouped(Int64(count)) }

    // MARK: - JSON

    /// One line.
    var json: String {
        JSONText.object([
            ("path", JSONText.string(inspection.path)),
            ("hasDamage", "\(inspection.hasDamage)"),
            ("partitions", JSONText.list(inspection.partitions.map(json))),
            ("findings", JSONText.list(inspection.allFindings.map(json))),
        ])
    }

    private func json(_ partition: PartitionInspection) -> String {
        var members = [("path", JSONText.string(partition.path))]
        if let point = partition.recoveryPoint {
            members.append(("durableOffset", "\(point.offset)"))
            members.append(("logStartOffset", "\(point.logStartOffset)"))
        }
        let segments = partition.segments.map { segment in
            var members = [
                ("path", JSONText.string(segment.path)),
                ("baseOffset", "\(segment.baseOffset)"), ("nextOffset", "\(segment.nextOffset)"),
                ("byteCount", "\(segment.byteCount)"), ("batchCount", "\(segment.batchCount)"),
                ("recordCount", "\(segment.recordCount)"),
            ]
            if let time = segment.maxTimestamp { members.append(("maxTimestamp", "\(time)")) }
            if let count = segment.indexEntryCount {
                members.append(("indexEntryCount", "\(count)"))
            }
            return JSONText.object(members)
        }
        return JSONText.object(members + [("segments", JSONText.list(segments))])
    }

    private func json(_ finding: InspectionFinding) -> String {
        var members = [
            ("severity", JSONText.string(finding.severity.rawValue)),
            ("path", JSONText.string(finding.path)),
        ]
        if let position = finding.position { members.append(("position", "\(position)")) }
        return JSONText.object(members + [("what", JSONText.string(finding.what))])
    }
}
