// Consumer groups as text and as JSON.

import AeroClient
import AeroReport

/// The spellings of `--format` where a table or JSON is written.
enum ListingFormat: String, CaseIterable, Sendable {
    case text
    case json

    static let option = OptionSpecification("--format", "FORMAT", "text or json; default text")
}

enum GroupRendering {
    static func text(_ groups: [GroupSummary]) -> String {
        guard !groups.isEmpty else { return "" }
        var rows = [["group", "state", "mode", "strategy", "members", "generation"]]
        for group in groups {
            rows.append([
                group.name, group.activity.rawValue, mode(group.isBroadcasting),
                group.strategy.rawValue, "\(group.memberCount)", "\(group.generation)",
            ])
        }
        return ConsoleTable.text(rows)
    }

    static func json(_ groups: [GroupSummary]) -> String {
        JSONText.list(
            groups.map { group in
                JSONText.object([
                    ("group", JSONText.string(group.name)),
                    ("state", JSONText.string(group.activity.rawValue)),
                    ("mode", JSONText.string(mode(group.isBroadcasting))),
                    ("strategy", JSONText.string(group.strategy.rawValue)),
                    ("members", "\(group.memberCount)"), ("generation", "\(group.generation)"),
                ])
            })
    }

    static func text(_ group: GroupDescription) -> String {
        let members = group.members.count == 1 ? "1 member" : "\(group.members.count) members"
        var text =
            "\(group.name): \(group.activity.rawValue), \(mode(group.isBroadcasting)), "
            + "\(group.strategy.rawValue), generation \(group.generation), \(members), "
            + "lag \(UnitText.grouped(group.lag))\n"
        if !group.offsets.isEmpty { text += ConsoleTable.text(offsetRows(group)) }
        if !group.members.isEmpty { text += ConsoleTable.text(memberRows(group)) }
        return text
    }

    private static func offsetRows(_ group: GroupDescription) -> [[String]] {
        var owners: [GroupPartition: String] = [:]
        for member in group.members where !group.isBroadcasting {
            for partition in member.assignment { owners[partition] = name(member) }
        }
        var rows = [["partition", "committed", "earliest", "next", "lag", "since", "member"]]
        for state in group.offsets {
            rows.append([
                "\(state.partition)", state.committed.map { "\($0)" } ?? "-",
                "\(state.log.earliest)", "\(state.log.next)", state.lag.map { "\($0)" } ?? "-",
                state.committedMilliseconds.map(InstantText.text) ?? "-",
                owners[state.partition] ?? "-",
            ])
        }
        return rows
    }

    private static func memberRows(_ group: GroupDescription) -> [[String]] {
        var rows = [["member", "client", "address", "room", "partitions"]]
        for member in group.members {
            rows.append([
                name(member), member.clientId.isEmpty ? "-" : member.clientId,
                member.address.isEmpty ? "-" : member.address, member.machineRoom ?? "-",
                "\(member.assignment.count)",
            ])
        }
        return rows
    }

    private static func name(_ member: GroupMemberDescription) -> String {
        member.instanceId.map { "\($0) (\(member.memberId))" } ?? member.memberId
    }

    static func json(_ group: GroupDescription) -> String {
        let members = group.members.map { member in
            JSONText.object([
                ("member", JSONText.string(member.memberId)),
                ("instance", optional(member.instanceId)),
                ("client", JSONText.string(member.clientId)),
                ("address", JSONText.string(member.address)),
                ("machineRoom", optional(member.machineRoom)),
                ("partitions", JSONText.list(member.assignment.map(json))),
            ])
        }
        let offsets = group.offsets.map { state in
            JSONText.object([
                ("topic", JSONText.string(state.partition.topic)),
                ("partition", "\(state.partition.partition)"),
                ("committed", state.committed.map { "\($0)" } ?? "null"),
                ("committedMilliseconds", state.committedMilliseconds.map { "\($0)" } ?? "null"),
                ("metadata", JSONText.string(state.metadata)),
                ("earliest", "\(state.log.earliest)"), ("next", "\(state.log.next)"),
                ("lag", state.lag.map { "\($0)" } ?? "null"),
            ])
        }
        return JSONText.object([
            ("group", JSONText.string(group.name)),
            ("state", JSONText.string(group.activity.rawValue)),
            ("mode", JSONText.string(mode(group.isBroadcasting))),
            ("strategy", JSONText.string(group.strategy.rawValue)),
            ("generation", "\(group.generation)"), ("lag", "\(group.lag)"),
            ("members", JSONText.list(members)), ("offsets", JSONText.list(offsets)),
        ])
    }

    static func text(_ moves: [ResetMove]) -> String {
        var rows = [["partition", "before", "after", ""]]
        for move in moves {
            rows.append([
                "\(move.partition)", move.before.map { "\($0)" } ?? "-", "\(move.after)",
                move.remark,
            ])
        }
        return ConsoleTable.text(rows)
    }

    static func json(_ moves: [ResetMove], isDone: Bool) -> String {
        let list = moves.map { move in
            JSONText.object([
                ("topic", JSONText.string(move.partition.topic)),
                ("partition", "\(move.partition.partition)"),
                ("before", move.before.map { "\($0)" } ?? "null"), ("after", "\(move.after)"),
                ("remark", JSONText.string(move.remark)),
            ])
        }
        return JSONText.object([("done", "\(isDone)"), ("offsets", JSONText.list(list))])
    }

    private static func json(_ partition: GroupPartition) -> String {
        JSONText.object([
            ("topic", JSONText.string(partition.topic)), ("partition", "\(partition.partition)"),
        ])
    }

    private static func optional(_ text: String?) -> String {
        text.map(JSONText.string) ?? "null"
    }

    private static func mode(_ isBroadcasting: Bool) -> String {
        isBroadcasting ? "broadcasting" : "clustering"
    }
}
