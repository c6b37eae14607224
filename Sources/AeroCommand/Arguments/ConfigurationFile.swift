// Settings from a file: what a command line can say, one option a line.

import AeroIO

/// Reads `name: value` lines, named as the options of a command without their dashes.
///
/// The form is the plain part of YAML: comments begin with `#`, a value may stand in quotes, and
/// nothing is nested. An option without a value is `true` or `false`. Everything that is not
/// understood is an error with its line.
enum ConfigurationFile {
    // BOUND: every setting with a comment of its own takes less than 4 KiB.
    private static let byteCountMax = 64 * 1024

    /// Adds the settings of a file to what the command line says, which goes first.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - arguments: What the command line said; gets what it did not say.
    ///   - specification: The options there are.
    ///   - excluded: Options that make no sense in a file.
    /// - Throws: `.failed` that names file and line, and the nearest setting where one is unknown.
    static func apply(
        _ path: String, to arguments: inout ParsedArguments,
        _ specification: CommandSpecification, excluding excluded: Set<String>
    ) throws(CommandError) {
        let bytes: [UInt8]
        do throws(Errno) { bytes = try InputFile.read(path) } catch {
            throw .failed("cannot read \(path): \(error)")
        }
        guard bytes.count <= byteCountMax else {
            throw .failed("\(path): larger than \(byteCountMax) bytes; is it a configuration?")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .failed("\(path): not UTF-8")
        }
        let options = specification.options.filter { !excluded.contains($0.name) }
        var seen: Set<String> = []
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (index, line) in lines.enumerated() {
            let place = "\(path):\(index + 1)"
            guard let setting = try setting(line, place) else { continue }
            let option = try option(setting.name, options, place)
            guard seen.insert(option.name).inserted else {
                throw .failed("\(place): \"\(setting.name)\" is set twice")
            }
            guard arguments.values[option.name] == nil else { continue }
            guard let value = try value(setting, option, place) else { continue }
            arguments.values[option.name] = [value]
            arguments.origins[option.name] = "\(place): \(setting.name)"
        }
    }

    /// One line, as it stands.
    private struct Setting {
        let name: String
        let value: String
    }

    private static func option(
        _ name: String, _ options: [OptionSpecification], _ place: String
    ) throws(CommandError) -> OptionSpecification {
        if let option = options.first(where: { $0.name == "--\(name)" }) { return option }
        let known = options.map { String($0.name.dropFirst(2)) }
        throw .failed(
            "\(place): there is no setting \"\(name)\"" + Spelling.hint(for: name, among: known))
    }

    /// What the option is given; nil for one that is switched off.
    private static func value(
        _ setting: Setting, _ option: OptionSpecification, _ place: String
    ) throws(CommandError) -> String? {
        guard option.value == nil else { return setting.value }
        switch setting.value {
        case "true": return ""
        case "false": return nil
        default:
            throw .failed(
                "\(place): \(setting.name) is true or false, not \"\(setting.value)\"")
        }
    }

    /// The setting on a line; nil on one with a comment or nothing.
    private static func setting(
        _ line: Substring, _ place: String
    ) throws(CommandError) -> Setting? {
        guard let first = line.first(where: { $0 != " " && $0 != "\t" }), first != "#" else {
            return nil
        }
        guard line.first == first else {
            throw .failed("\(place): settings are not indented: write NAME: VALUE")
        }
        guard let colon = line.firstIndex(of: ":"), colon != line.startIndex else {
            throw .failed("\(place): not of the form NAME: VALUE")
        }
        let name = String(line[..<colon])
        let rest = line[line.index(after: colon)...]
        // As in YAML: without the blank it would be part of a word.
        guard rest.first == " " || rest.first == "\t" else {
            throw .failed("\(place): \(name) has no value: write NAME: VALUE")
        }
        return Setting(name: name, value: try value(of: rest, name, place))
    }

    /// What stands behind the colon, without quotes and comment.
    private static func value(
        of rest: Substring, _ name: String, _ place: String
    ) throws(CommandError) -> String {
        var rest = rest.drop { $0 == " " || $0 == "\t" }
        if let quote = rest.first, quote == "\"" || quote == "'" {
            rest = rest.dropFirst()
            guard let end = rest.firstIndex(of: quote) else {
                throw .failed("\(place): \(name): a quote is opened and not closed")
            }
            let behind = rest[rest.index(after: end)...].drop { $0 == " " || $0 == "\t" }
            guard behind.isEmpty || behind.first == "#" else {
                throw .failed("\(place): \(name): \"\(behind)\" stands behind the value")
            }
            return String(rest[..<end])
        }
        var value = ""
        for character in rest {
            // A # inside a word is part of it.
            if character == "#", value.isEmpty || value.last == " " || value.last == "\t" { break }
            value.append(character)
        }
        while value.last == " " || value.last == "\t" { value.removeLast() }
        guard !value.isEmpty else {
            throw .failed("\(place): \(name) has no value: write NAME: VALUE")
        }
        return value
    }
}
