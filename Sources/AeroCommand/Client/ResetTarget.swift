// Where `aeromq group reset` moves a group to.

import AeroClient

/// The value of `--to`.
enum ResetTarget: Equatable, Sendable {
    /// The first record that is still there.
    case earliest
    /// Behind the last record.
    case latest
    /// This offset, or the nearest there is.
    case offset(Int64)
    /// The first record that is not older, in milliseconds since 1970.
    case time(Int64)

    private static let spellings = "earliest, latest, offset:N or time:WHEN"

    /// Reads the value of `--to`.
    ///
    /// - Throws: `.usage` that says how it is written.
    init(_ text: String) throws(CommandError) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let word = String(parts[0])
        let value = parts.count > 1 ? String(parts[1]) : nil
        switch (word, value) {
        case ("earliest", nil): self = .earliest
        case ("latest", nil): self = .latest
        case ("offset", let value?):
            guard let offset = Int64(value), offset >= 0 else {
                throw .usage("--to: \"\(value)\" is no offset: write offset:1000")
            }
            self = .offset(offset)
        case ("time", let value?):
            guard let milliseconds = InstantText.parse(value) else {
                throw .usage(
                    "--to: \"\(value)\" is no point in time: write time:2025-03-01T14:30:00Z or "
                        + "time: and milliseconds since 1970")
            }
            self = .time(milliseconds)
        case ("offset", nil), ("time", nil):
            throw .usage("--to: \(word) needs a value: write \(Self.spellings)")
        default:
            let known = ["earliest", "latest", "offset", "time"]
            throw .usage(
                "--to: \"\(text)\" is not \(Self.spellings)"
                    + Spelling.hint(for: word, among: known))
        }
    }
}

/// One partition that a reset moves.
struct ResetMove: Equatable, Sendable {
    let partition: GroupPartition
    /// Where the group was; nil when it had no offset.
    let before: Int64?
    let after: Int64
    /// Why it is not where it was asked to be; empty when it is.
    let remark: String

    /// Keeps a wanted offset within what there is.
    init(_ partition: GroupPartition, before: Int64?, wanted: Int64, log: PartitionOffsets) {
        self.partition = partition
        self.before = before
        after = min(max(wanted, log.earliest), log.next)
        remark =
            wanted < log.earliest
            ? "older ones are gone" : wanted > log.next ? "there are no more yet" : ""
    }
}
