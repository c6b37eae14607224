// What a driver file of the OpenMessaging Benchmark says about producers.

/// The part of a driver file that a scenario can follow: how producers batch, what they wait for.
package struct OpenMessagingDriver: Sendable, Equatable {
    /// The driver's name as written.
    package var name: String
    /// `acks` of the producer.
    package var acknowledgements: String?
    /// `linger.ms` of the producer.
    package var lingerMilliseconds: Int?
    /// `batch.size` of the producer, in bytes.
    package var batchByteCount: Int?
    /// `compression.type` of the producer.
    package var compression: String?
    /// How many copies of a message were asked for.
    package var replicationFactor: Int?
    /// Settings that nothing here corresponds to, as `KEY=VALUE`.
    package var ignored: [String]

    /// Reads a driver file: YAML whose `producerConfig` holds lines of `KEY=VALUE`.
    ///
    /// - Parameters:
    ///   - text: YAML in UTF-8, at most 256 KiB.
    ///   - fileName: How messages call the file.
    /// - Throws: The first fault, with its place.
    package static func parse(
        _ text: [UInt8], fileName: String
    ) throws(ScenarioError) -> OpenMessagingDriver {
        let root = try YAMLTreeReader.read(text, from: .file(fileName))
        return try OpenMessagingDriver(OpenMessagingReader(root, title: "the driver"))
    }

    private init(_ reader: OpenMessagingReader) throws(ScenarioError) {
        name = reader.text("name") ?? "unknown"
        replicationFactor = try reader.integer("replicationFactor", in: 0...1_000)
        ignored = []
        for line in (reader.text("producerConfig") ?? "").split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1).map { part in
                part.filter { $0 != " " && $0 != "\t" && $0 != "\r" }
            }
            guard parts.count == 2, !parts[0].hasPrefix("#") else { continue }
            let (key, value) = (parts[0], parts[1])
            switch key {
            case "acks": acknowledgements = value
            case "linger.ms" where Int(value) != nil: lingerMilliseconds = Int(value)
            case "batch.size" where Int(value) != nil: batchByteCount = Int(value)
            case "compression.type": compression = value
            default: ignored.append("\(key)=\(value)")
            }
        }
    }
}
