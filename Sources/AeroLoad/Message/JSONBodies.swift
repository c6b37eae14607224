// Bodies that look like the events of a shop in JSON, for what depends on compressing.

/// Writes bodies as JSON text: names and a vocabulary that repeat, numbers and digests that do not.
///
/// One order after the other until the body is full, the last one cut. About a third of the bytes
/// are random letters and digits, which is what sets a limit to compression.
struct JSONBodies {
    private let random: CounterRandom
    private var index: UInt64 = 0
    private var text: [UInt8] = []

    private static let states = ["created", "paid", "packed", "shipped", "delivered", "returned"]
    private static let currencies = ["EUR", "USD", "GBP", "JPY"]
    private static let words = [
        "handle", "with", "care", "leave", "at", "the", "door", "call", "before", "delivery",
        "gift", "wrapping", "requested", "second", "floor", "ring", "twice", "neighbour", "back",
        "entrance", "morning", "evening", "please", "confirm", "signature", "required",
    ]

    /// - Parameter seed: Equal seeds give equal bodies.
    init(seed: UInt64) { random = CounterRandom(seed: seed) }

    /// The next body.
    ///
    /// - Parameter byteCount: Exactly so many bytes.
    mutating func next(byteCount: Int) -> [UInt8] {
        text.removeAll(keepingCapacity: true)
        append("[")
        while text.count < byteCount { appendOrder() }
        return Array(text[..<byteCount])
    }

    private mutating func appendOrder() {
        append("{\"id\":\"")
        appendHex(32)
        append("\",\"customer\":\"c-")
        appendDigits(8)
        append("\",\"state\":\"")
        append(Self.states[Int(draw() % UInt64(Self.states.count))])
        append("\",\"created\":\"2026-11-")
        appendNumber(10 + draw() % 18)
        append("T")
        appendNumber(10 + draw() % 13)
        append(":")
        appendDigits(4)
        append("Z\",\"currency\":\"")
        append(Self.currencies[Int(draw() % UInt64(Self.currencies.count))])
        append("\",\"lines\":[")
        for _ in 0...draw() % 3 { appendLine() }
        append("],\"note\":\"")
        for _ in 0..<4 {
            append(Self.words[Int(draw() % UInt64(Self.words.count))])
            append(" ")
        }
        append("\"},")
    }

    private mutating func appendLine() {
        append("{\"article\":\"A-")
        appendDigits(6)
        append("\",\"quantity\":")
        appendNumber(1 + draw() % 9)
        append(",\"price\":")
        appendNumber(draw() % 500)
        append(".")
        appendDigits(2)
        append("},")
    }

    private mutating func draw() -> UInt64 {
        defer { index += 1 }
        return random.word(index)
    }

    private mutating func append(_ string: String) { text.append(contentsOf: string.utf8) }

    private mutating func appendNumber(_ number: UInt64) { append(String(number)) }

    private mutating func appendDigits(_ count: Int) {
        var word = draw()
        for _ in 0..<count {
            text.append(UInt8(ascii: "0") + UInt8(word % 10))
            word /= 10
        }
    }

    private mutating func appendHex(_ count: Int) {
        var word: UInt64 = 0
        for digit in 0..<count {
            if digit % 16 == 0 { word = draw() }
            let value = UInt8(word & 15)
            text.append(value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10)
            word >>= 4
        }
    }
}
