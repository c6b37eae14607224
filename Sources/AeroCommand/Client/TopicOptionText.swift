// How topic options are written on a command line: durability and settings.

import AeroClient
import AeroIO

/// Reads the words of `--durability` and `--set`.
enum TopicOptionText {
    static let durabilityOption = OptionSpecification(
        "--durability", "PROMISE",
        "volatile, os, interval:DURATION or sync; default sync if the broker has a disk")
    static let settingOption = OptionSpecification(
        "--set", "NAME=VALUE", isRepeatable: true,
        "segment.bytes, segment.ms, retention.bytes, retention.ms, cleanup.policy (delete, "
            + "compact or compact,delete), delete.retention.ms, min.cleanable.dirty.ratio, "
            + "max.message.bytes")

    /// What an acknowledgement is to promise; nil where nothing was said.
    static func durability(_ arguments: ParsedArguments) throws(CommandError) -> Durability? {
        guard let text = arguments.text("--durability") else { return nil }
        switch text {
        case "volatile": return .volatile
        case "os": return .os
        case "sync": return .sync
        default: break
        }
        let prefix = "interval:"
        if text.hasPrefix(prefix),
            let value = QuantityText.parse(
                String(text.dropFirst(prefix.count)), QuantityText.timeUnits),
            (1_000_000...3_600_000_000_000).contains(value)
        {
            return .interval(.nanoseconds(value))
        }
        throw .usage(
            "--durability: \"\(text)\" is not volatile, os, sync or interval:DURATION, as in "
                + "interval:100ms (1ms to 1h)"
                + Spelling.hint(for: text, among: ["volatile", "os", "sync", "interval:100ms"]))
    }

    /// Settings by name; sizes and durations may have units.
    static func settings(_ arguments: ParsedArguments) throws(CommandError) -> [String: String] {
        var settings: [String: String] = [:]
        for text in arguments.texts("--set") {
            guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
                throw .usage("--set: \"\(text)\" is not NAME=VALUE, as in segment.bytes=16MiB")
            }
            let name = String(text[..<equals])
            settings[name] = value(String(text[text.index(after: equals)...]), of: name)
        }
        return settings
    }

    /// The value in bytes or milliseconds where it has a unit; otherwise as it was written, for
    /// the broker to judge.
    private static func value(_ text: String, of name: String) -> String {
        if name.hasSuffix(".bytes"), let count = QuantityText.parse(text, QuantityText.byteUnits) {
            return "\(count)"
        }
        if name.hasSuffix(".ms"), let time = QuantityText.parse(text, QuantityText.timeUnits) {
            return "\(time / 1_000_000)"
        }
        return text
    }
}
