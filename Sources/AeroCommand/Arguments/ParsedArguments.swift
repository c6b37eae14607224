// Options and operands of one command line, and their values by type.

import AeroIO

/// The words of a command line, taken apart but not yet understood.
package struct ParsedArguments: Sendable, Equatable {
    /// Values by option name; an option without a value has one empty string.
    var values: [String: [String]] = [:]
    /// Where a value comes from that was not on the command line: `FILE:LINE: NAME`.
    var origins: [String: String] = [:]
    /// What is not an option, in order.
    var operands: [String] = []
    /// Whether `--help` was among the words; nothing after it was read.
    var wantsHelp = false

    /// Whether an option was given.
    func has(_ name: String) -> Bool { values[name] != nil }

    /// The value of an option, or nil when it was not given.
    func text(_ name: String) -> String? { values[name]?.last }

    /// All values of an option that may be repeated.
    func texts(_ name: String) -> [String] { values[name] ?? [] }

    /// A value that cannot be, named by its option or by its place in a file.
    func wrong(_ name: String, _ reason: String) -> CommandError {
        guard let origin = origins[name] else { return .usage("\(name): \(reason)") }
        return .failed("\(origin): \(reason)")
    }

    /// A whole number within a range.
    func integer(_ name: String, in range: ClosedRange<Int>) throws(CommandError) -> Int? {
        guard let text = text(name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw wrong(
                name,
                "\"\(text)\" is not a number from \(range.lowerBound) to "
                    + "\(range.upperBound)")
        }
        return number
    }

    /// One of the names of a type.
    func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, _ type: Choice.Type = Choice.self
    ) throws(CommandError) -> Choice? where Choice.RawValue == String {
        guard let text = text(name) else { return nil }
        let known = Choice.allCases.map(\.rawValue)
        guard let choice = Choice(rawValue: text) else {
            throw wrong(
                name,
                "\"\(text)\" is not one of \(known.joined(separator: ", "))"
                    + Spelling.hint(for: text, among: known))
        }
        return choice
    }

    /// `HOST:PORT`; a name is looked up.
    func address(_ name: String) throws(CommandError) -> SocketAddress? {
        try text(name).map { text throws(CommandError) in try address(name, text) }
    }

    /// As `address`, of an option that may be repeated.
    func addresses(_ name: String) throws(CommandError) -> [SocketAddress] {
        try texts(name).map { text throws(CommandError) in try address(name, text) }
    }

    private func address(
        _ name: String, _ text: String
    ) throws(CommandError) -> SocketAddress {
        do throws(SocketAddressError) {
            return try SocketAddress.resolving(text)
        } catch {
            switch error {
            case .missingPort:
                throw wrong(name, "\"\(text)\" has no port: write HOST:PORT")
            case .invalidPort(let port):
                throw wrong(name, "\"\(port)\" is not a port from 0 to 65535")
            case .unknownHost(let host):
                throw wrong(name, "the host \"\(host)\" is not known")
            }
        }
    }

    /// A size in bytes, such as `512MiB`.
    func byteCount(_ name: String, in range: ClosedRange<Int>) throws(CommandError) -> Int? {
        try quantity(name, QuantityText.byteUnits, example: "512MiB", in: range)
    }

    /// A duration in nanoseconds, such as `50us`.
    func nanoseconds(_ name: String, in range: ClosedRange<Int>) throws(CommandError) -> Int64? {
        try quantity(name, QuantityText.timeUnits, example: "50us", in: range).map(Int64.init)
    }

    private func quantity(
        _ name: String, _ units: [(String, Int)], example: String, in range: ClosedRange<Int>
    ) throws(CommandError) -> Int? {
        guard let text = text(name) else { return nil }
        guard let value = QuantityText.parse(text, units) else {
            let spellings = units.map(\.0).joined(separator: ", ")
            throw wrong(name, "\"\(text)\" is not a number with \(spellings), as in \(example)")
        }
        guard range.contains(value) else {
            throw wrong(
                name,
                "\(text) is not between \(QuantityText.text(range.lowerBound, units)) and "
                    + QuantityText.text(range.upperBound, units))
        }
        return value
    }
}

/// Whole numbers with a unit, as they are written on command lines.
enum QuantityText {
    /// Units of sizes and how many bytes each is, the largest last.
    static let byteUnits = [
        ("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40),
    ]
    /// Units of durations and how many nanoseconds each is, the largest last.
    static let timeUnits = [
        ("ns", 1), ("us", 1_000), ("ms", 1_000_000), ("s", 1_000_000_000),
        ("m", 60_000_000_000), ("min", 60_000_000_000), ("h", 3_600_000_000_000),
        ("d", 86_400_000_000_000),
    ]

    /// The number in the smallest unit; nil when the text is none. Zero needs no unit.
    static func parse(_ text: String, _ units: [(String, Int)]) -> Int? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int(digits) else { return nil }
        let unit = text.dropFirst(digits.count)
        if number == 0, unit.isEmpty { return 0 }
        guard let factor = units.first(where: { $0.0 == unit })?.1 else { return nil }
        let (product, overflow) = number.multipliedReportingOverflow(by: factor)
        return overflow ? nil : product
    }

    /// The number with the largest unit that divides it.
    static func text(_ value: Int, _ units: [(String, Int)]) -> String {
        let unit = units.last { value.isMultiple(of: $0.1) && value != 0 } ?? units[0]
        return "\(value / unit.1)\(unit.0)"
    }
}
