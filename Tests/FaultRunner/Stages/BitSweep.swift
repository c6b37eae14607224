// Every single bit of a segment, changed: each change has to be seen.

import AeroClient
import AeroIO
import FaultSupport
import Glibc
import TestSupport

/// A segment as the real broker wrote it, and as many copies as it has bits.
///
/// `aeromq log inspect` reads a topic's directory, whose partitions are copies with one bit
/// changed each, so that one process looks at hundreds of changes. Each run has a copy without a
/// change too, which must be found sound: who calls everything damaged sees nothing.
struct BitSweep {
    static let title = "every bit of a segment changed, log inspect must see it"

    /// What was looked at.
    struct Result {
        var bitCount = 0
        var triedCount = 0
        var readyNanoseconds: [Int64] = []
        var findings: [String] = []
    }

    let program: String
    /// Made anew, and removed when nothing was found.
    let folder: String
    let seed: UInt64

    private let disk = SystemDisk()
    private static let segmentName = "00000000000000000000.log"
    private static let bitsPerRun = 1_024
    private static let exampleCount = 5

    init(program: String, folder: String, seed: UInt64) {
        self.program = program
        self.folder = folder
        self.seed = seed
    }

    /// Goes through all bits, in an order that the seed says, or as far as the time goes.
    func run(deadlineNanoseconds: Int64) throws -> Result {
        var random = SplitMix64(seed: seed)
        var result = Result()
        try disk.removeTreeIfThere(folder)
        try disk.createDirectory(folder)
        let (segment, topic) = try makeSegment(&random, &result)
        let bits = Array(0..<segment.count * 8).shuffled(using: &random)
        result.bitCount = bits.count
        for start in stride(from: 0, to: bits.count, by: Self.bitsPerRun) {
            guard MonotonicClock.nowNanoseconds() < deadlineNanoseconds else { break }
            let some = bits[start..<min(start + Self.bitsPerRun, bits.count)]
            try look(at: Array(some), of: segment, topic, &result)
            result.triedCount += some.count
        }
        if result.findings.isEmpty { try disk.removeTree(folder) }
        return result
    }

    // MARK: - The segment

    /// Batches of every codec, with and without a producer's numbers, and the topic's own file.
    private func makeSegment(
        _ random: inout SplitMix64, _ result: inout Result
    ) throws -> (segment: [UInt8], topic: [UInt8]) {
        let data = folder + "/data"
        let broker = BrokerUnderTest(
            .init(program: program, directory: data, errorPath: folder + "/broker.stderr"))
        try broker.start()
        result.readyNanoseconds = broker.readyNanoseconds
        let address = broker.address
        let seed = random.next()
        try BackgroundWork("filling a segment") { try await Self.fill(address, seed: seed) }.wait()
        try broker.stop()
        let topic = data + "/topics/sweep.1"
        return (
            try disk.readFile(topic + "/0/" + Self.segmentName, limit: 1 << 20),
            try disk.readFile(topic + "/topic", limit: 1 << 20)
        )
    }

    private static func fill(_ address: String, seed: UInt64) async throws {
        var random = SplitMix64(seed: seed)
        let connection = try await Connection.connect(to: address)
        try await connection.admin.create("sweep", options: TopicOptions())
        let codecs: [Compression] = [.none, .gzip, .snappy, .lz4, .zstd]
        for (number, codec) in codecs.enumerated() {
            let producer = try await connection.makeProducer(
                topic: "sweep",
                options: ProducerOptions {
                    $0.compression = codec
                    $0.compressionThreshold = 0
                    $0.isIdempotent = number % 2 == 0
                })
            for _ in 0..<3 {
                // Alike enough to be made smaller.
                let byte = UInt8.random(in: 0...255, using: &random)
                let count = Int.random(in: 60...250, using: &random)
                _ = try await producer.send(
                    Message(
                        [UInt8](repeating: byte, count: count), key: [byte],
                        headers: [MessageHeader("n", [UInt8(number)])], partition: 0))
            }
            try await producer.close()
        }
        await connection.close()
    }

    // MARK: - Looking

    private func look(
        at bits: [Int], of segment: [UInt8], _ topic: [UInt8], _ result: inout Result
    ) throws {
        let place = folder + "/copies"
        try disk.removeTreeIfThere(place)
        try disk.createDirectory(place)
        try disk.writeFile(place + "/topic", topic)
        func add(_ number: Int, _ bytes: [UInt8]) throws {
            try disk.createDirectory("\(place)/\(number)")
            try disk.writeFile("\(place)/\(number)/\(Self.segmentName)", bytes)
        }
        for (number, bit) in bits.enumerated() {
            var bytes = segment
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            try add(number, bytes)
        }
        try add(bits.count, segment)
        let inspection = try ProgramRun(program, ["log", "inspect", place], seconds: 300)
        guard inspection.status == .exited(code: 1) else {
            result.findings.append("log inspect came to \(inspection.transcript)")
            return
        }
        var seen: Set<Int> = []
        for line in inspection.output.split(separator: "\n") {
            let start = "damage: \(place)/"
            guard line.hasPrefix(start),
                let number = Int(line.dropFirst(start.count).prefix { $0 != "/" })
            else { continue }
            seen.insert(number)
        }
        if seen.contains(bits.count) { result.findings.append("a sound segment is called damaged") }
        for (number, bit) in bits.enumerated() where !seen.contains(number) {
            guard result.findings.count < Self.exampleCount else { return }
            result.findings.append("bit \(bit % 8) of byte \(bit / 8) was changed and not seen")
        }
    }
}
