// How values travel between the processes of one run.

/// A value that is written and read by the same executable: its fields in order, and nothing else.
/// The bytes are kept nowhere.
package protocol ByteCodable {
    /// Appends the value.
    func write(to writer: inout ByteWriter)

    /// Reads what `write` has written.
    ///
    /// - Throws: When the bytes end, or are no such value.
    init(from reader: inout ByteReader) throws(ByteCodingError)
}

/// Bytes that are no such value: what wrote them was cut off, or is another program.
package struct ByteCodingError: Error, Equatable, Sendable {}

/// Values one after the other.
package struct ByteWriter: Sendable {
    /// What was written.
    package private(set) var bytes: [UInt8] = []

    /// Nothing yet.
    package init() {}

    /// Appends a value.
    package mutating func write(_ value: some ByteCodable) { value.write(to: &self) }

    /// Appends bytes with their number in front.
    package mutating func write(bytes more: [UInt8]) {
        write(more.count)
        bytes += more
    }

    fileprivate mutating func write(word: UInt64) {
        withUnsafeBytes(of: word.littleEndian) { bytes += $0 }
    }
}

/// Reads values one after the other.
package struct ByteReader: Sendable {
    private let bytes: [UInt8]
    private var position = 0

    /// - Parameter bytes: What a `ByteWriter` holds.
    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The next value.
    package mutating func read<Value: ByteCodable>(
        _ type: Value.Type = Value.self
    ) throws(ByteCodingError) -> Value {
        try Value(from: &self)
    }

    /// What `write(bytes:)` has written.
    package mutating func readBytes() throws(ByteCodingError) -> [UInt8] {
        let count = try readCount()
        defer { position += count }
        return Array(bytes[position..<position + count])
    }

    /// A number of things that follow, of at least a byte each: a damaged one asks for no memory.
    fileprivate mutating func readCount() throws(ByteCodingError) -> Int {
        let count = try read(Int.self)
        guard count >= 0, count <= bytes.count - position else { throw ByteCodingError() }
        return count
    }

    fileprivate mutating func readWord() throws(ByteCodingError) -> UInt64 {
        guard bytes.count - position >= 8 else { throw ByteCodingError() }
        defer { position += 8 }
        let word = bytes.withUnsafeBytes {
            $0.loadUnaligned(fromByteOffset: position, as: UInt64.self)
        }
        return UInt64(littleEndian: word)
    }
}

extension UInt64: ByteCodable {
    package func write(to writer: inout ByteWriter) { writer.write(word: self) }

    package init(from reader: inout ByteReader) throws(ByteCodingError) {
        self = try reader.readWord()
    }
}

extension Int64: ByteCodable {
    package func write(to writer: inout ByteWriter) {
        writer.write(word: UInt64(bitPattern: self))
    }

    package init(from reader: inout ByteReader) throws(ByteCodingError) {
        self.init(bitPattern: try reader.readWord())
    }
}

extension Int: ByteCodable {
    package func write(to writer: inout ByteWriter) { writer.write(Int64(self)) }

    package init(from reader: inout ByteReader) throws(ByteCodingError) {
        self.init(try reader.read(Int64.self))
    }
}

extension Bool: ByteCodable {
    package func write(to writer: inout ByteWriter) { writer.write(self ? 1 : 0) }

    package init(from reader: inout ByteReader) throws(ByteCodingError) {
        self = try reader.read(Int.self) != 0
    }
}

extension Double: ByteCodable {
    package func write(to writer: inout ByteWriter) { writer.write(bitPattern) }

    package init(from reader: inout ByteReader) throws(ByteCodingError) {
        self.init(bitPattern: try reader.read(UInt64.self))
    }
}

extension String: ByteCodable {
    package func write(to writer: inout ByteWriter) { writer.write(bytes: Array(utf8)) }

    package init(from reader: inout ByteReader) throws(ByteCodingError) {
        self.init(decoding: try reader.readBytes(), as: UTF8.self)
    }
}

extension Array: ByteCodable where Element: ByteCodable {
    package func write(to writer: inout ByteWriter) {
        writer.write(count)
        for element in self { writer.write(element) }
    }

    package init(from reader: inout ByteReader) throws(ByteCodingError) {
        self = []
        for _ in 0..<(try reader.readCount()) { append(try reader.read()) }
    }
}

extension Optional: ByteCodable where Wrapped: ByteCodable {
    package func write(to writer: inout ByteWriter) {
        writer.write(self != nil)
        if let self { writer.write(self) }
    }

    package init(from reader: inout ByteReader) throws(ByteCodingError) {
        guard try reader.read(Bool.self) else {
            self = nil
            return
        }
        // Named: what is inferred would be the optional itself.
        self = try reader.read(Wrapped.self)
    }
}
