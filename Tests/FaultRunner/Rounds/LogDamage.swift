// Changes a bit in the logs of a broker that is not running.

import AeroIO
import CChecksum
import TestSupport

/// The logs in a data directory, without the broker's own.
struct LogDamage {
    /// Where a bit was changed.
    struct Place {
        let path: String
        let position: Int
    }

    private let disk = SystemDisk()
    private let logs: [String]

    private static let batchHeadByteCount = 61

    /// Finds the logs.
    init(_ dataPath: String) throws(Errno) {
        var logs: [String] = []
        for topic in try disk.entries(of: dataPath + "/topics") where !topic.name.hasPrefix("_") {
            let path = dataPath + "/topics/" + topic.name
            for partition in try disk.entries(of: path) where partition.kind == .directory {
                let inner = path + "/" + partition.name
                for file in try disk.entries(of: inner) where file.name.hasSuffix(".log") {
                    logs.append(inner + "/" + file.name)
                }
            }
        }
        self.logs = logs.sorted()
    }

    /// Changes a bit of one of them.
    ///
    /// - Returns: Where.
    /// - Throws: `Errno`; `.noSuchFile` when there is nothing to damage.
    func apply(
        _ damage: RoundPlan.Damage, _ random: inout SplitMix64
    ) throws(Errno) -> Place {
        var filled: [(path: String, bytes: [UInt8])] = []
        for path in logs {
            let bytes = try disk.readFile(path, limit: 1 << 30)
            if bytes.count > Self.batchHeadByteCount { filled.append((path, bytes)) }
        }
        guard let (path, found) = filled.randomElement(using: &random) else { throw .noSuchFile }
        var bytes = found
        let position: Int
        switch damage {
        case .anyBit:
            position = Int.random(in: 0..<bytes.count, using: &random)
            bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case .unnoticedBit: position = Self.changeValue(&bytes, &random)
        }
        try disk.writeFile(path, bytes)
        return Place(path: path, position: position)
    }

    /// Changes a bit of the last value of some batch, and its CRC to match.
    ///
    /// Source: the layout of record batches: length at 8, CRC-32C at 17, of everything from 21 on.
    private static func changeValue(
        _ bytes: inout [UInt8], _ random: inout SplitMix64
    ) -> Int {
        func integer(_ position: Int) -> Int {
            bytes[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
        }
        var batches: [Range<Int>] = []
        var position = 0
        while position + batchHeadByteCount < bytes.count {
            let end = position + 12 + integer(position + 8)
            guard end <= bytes.count else { break }
            batches.append(position..<end)
            position = end
        }
        guard let batch = batches.randomElement(using: &random) else { return 0 }
        // Behind the last record's value stands its number of headers, zero, in one byte.
        let target = batch.upperBound - 2
        bytes[target] ^= 1
        let checked = batch.lowerBound + 21..<batch.upperBound
        let crc = bytes[checked].withUnsafeBytes {
            aero_crc32c(0, $0.baseAddress, $0.count)
        }
        for index in 0..<4 {
            bytes[batch.lowerBound + 17 + index] = UInt8(
                truncatingIfNeeded: crc >> (24 - 8 * index))
        }
        return target
    }
}
