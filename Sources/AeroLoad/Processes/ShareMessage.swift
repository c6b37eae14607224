// What a process of a run tells the one that started it.

import HDRHistogram

/// One message, from a process that has a share of a run's workers.
package enum ShareMessage: Sendable {
    /// All its workers are connected.
    case ready
    /// It cannot begin.
    case failed(DriverError)
    /// An interval that all its workers have added to.
    case interval(IntervalRecord)
    /// What its workers leave behind; the last message.
    case results([WorkerResult])
}

extension ShareMessage: ByteCodable {
    package func write(to writer: inout ByteWriter) {
        switch self {
        case .ready: writer.write(0)
        case .failed(let error):
            writer.write(1)
            writer.write(error)
        case .interval(let interval):
            writer.write(2)
            writer.write(interval)
        case .results(let results):
            writer.write(3)
            writer.write(results)
        }
    }

    package init(from reader: inout ByteReader) throws(ByteCodingError) {
        switch try reader.read(Int.self) {
        case 0: self = .ready
        case 1: self = .failed(try reader.read())
        case 2: self = .interval(try reader.read())
        case 3: self = .results(try reader.read())
        default: throw ByteCodingError()
        }
    }
}

/// Messages as lines of text: pieces in base64, the last one marked. A ledger of millions of
/// streams is longer than a line may be.
package enum ShareLines {
    private static let more = UInt8(ascii: "+")
    private static let last = UInt8(ascii: ".")
    // BOUND: well below what a reader of lines keeps of one.
    private static let pieceByteCount = 1 << 20

    /// The lines of a message, without their ends.
    package static func lines(_ message: ShareMessage) -> [String] {
        var writer = ByteWriter()
        writer.write(message)
        let bytes = writer.bytes
        return stride(from: 0, to: bytes.count, by: pieceByteCount).map { start in
            let end = min(start + pieceByteCount, bytes.count)
            let mark = end == bytes.count ? last : more
            return String(decoding: [mark], as: UTF8.self)
                + PaddedBase64.encode(Array(bytes[start..<end]))
        }
    }

    /// Puts messages together again.
    package struct Reader: Sendable {
        private var bytes: [UInt8] = []

        /// Nothing yet.
        package init() {}

        /// Takes the next line; gives the message that it ends.
        package mutating func take(_ line: String) throws(ByteCodingError) -> ShareMessage? {
            let text = Array(line.utf8)
            guard let mark = text.first, mark == more || mark == last else {
                throw ByteCodingError()
            }
            do throws(HistogramError) {
                bytes += try PaddedBase64.decode(text[1...])
            } catch {
                throw ByteCodingError()
            }
            guard mark == last else { return nil }
            var reader = ByteReader(bytes)
            bytes = []
            // Named: what is inferred would be an optional one.
            return try reader.read(ShareMessage.self)
        }
    }
}
