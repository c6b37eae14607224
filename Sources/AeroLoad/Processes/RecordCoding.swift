// What workers note, on its way from one process to another.

import AeroIO
import AeroMemory

extension IntervalCounts: ByteCodable {
    package func write(to writer: inout ByteWriter) {
        for count in [sent, acknowledged, failed, received, sentByteCount, receivedByteCount] {
            writer.write(count)
        }
    }

    package init(from reader: inout ByteReader) throws(ByteCodingError) {
        self.init()
        sent = try reader.read()
        acknowledged = try reader.read()
        failed = try reader.read()
        received = try reader.read()
        sentByteCount = try reader.read()
        receivedByteCount = try reader.read()
    }
}

extension IntervalRecord: ByteCodable {
    package func write(to writer: inout ByteWriter) {
        writer.write(index)
        writer.write(phase.rawValue)
        writer.write(startNanoseconds)
        writer.write(endNanoseconds)
        writer.write(counts)
        writer.write(series)
    }

    package init(from reader: inout ByteReader) throws(ByteCodingError) {
        let index: Int = try reader.read()
        guard let phase = RunPhase(rawValue: try reader.read()) else { throw ByteCodingError() }
        self.init(
            index: index, phase: phase, startNanoseconds: try reader.read(),
            endNanoseconds: try reader.read(), counts: try reader.read(),
            series: try reader.read())
    }
}

extension IntervalRecord.EncodedSeries: ByteCodable {
    package func write(to writer: inout ByteWriter) {
        writer.write(bytes: bytes)
        writer.write(sampleCount)
        writer.write(outOfRangeCount)
    }

    package init(from reader: inout ByteReader) throws(ByteCodingError) {
        self.init(
            bytes: try reader.readBytes(), sampleCount: try reader.read(),
            outOfRangeCount: try reader.read())
    }
}

extension DriverError: ByteCodable {
    package func write(to writer: inout ByteWriter) {
        writer.write(action)
        writer.write(cause)
    }

    package init(from reader: inout ByteReader) throws(ByteCodingError) {
        self.init(try reader.read(), try reader.read())
    }
}

extension WorkerUsage: ByteCodable {
    package func write(to writer: inout ByteWriter) {
        writer.write(start)
        writer.write(end)
    }

    package init(from reader: inout ByteReader) throws(ByteCodingError) {
        self.init(start: try reader.read(), end: try reader.read())
    }
}

extension WorkerUsage.Reading: ByteCodable {
    package func write(to writer: inout ByteWriter) {
        writer.write(atNanoseconds)
        writer.write(thread.userNanoseconds)
        writer.write(thread.systemNanoseconds)
        writer.write(thread.voluntaryContextSwitchCount)
        writer.write(thread.involuntaryContextSwitchCount)
        writer.write(allocations.map { [$0.allocations, $0.frees, $0.bytes] })
        writer.write(sentCount)
        writer.write(receivedCount)
        writer.write(inFlightArea)
        writer.write(spinNanoseconds)
    }

    package init(from reader: inout ByteReader) throws(ByteCodingError) {
        let atNanoseconds: Int64 = try reader.read()
        let thread = ThreadUsage(
            userNanoseconds: try reader.read(), systemNanoseconds: try reader.read(),
            voluntaryContextSwitchCount: try reader.read(),
            involuntaryContextSwitchCount: try reader.read())
        let allocations: [UInt64]? = try reader.read()
        guard allocations?.count ?? 3 == 3 else { throw ByteCodingError() }
        self.init(
            atNanoseconds: atNanoseconds, thread: thread,
            allocations: allocations.map {
                AllocationCount(allocations: $0[0], frees: $0[1], bytes: $0[2])
            },
            sentCount: try reader.read(), receivedCount: try reader.read(),
            inFlightArea: try reader.read(), spinNanoseconds: try reader.read())
    }
}

extension IncidentLog: ByteCodable {
    package func write(to writer: inout ByteWriter) {
        writer.write(entries)
        writer.write(furtherCount)
        writer.write(moments)
    }

    package init(from reader: inout ByteReader) throws(ByteCodingError) {
        self.init(
            entries: try reader.read(), furtherCount: try reader.read(),
            moments: try reader.read())
        guard moments.allSatisfy({ entries.indices.contains($0.entry) }) else {
            throw ByteCodingError()
        }
    }
}

extension IncidentLog.Entry: ByteCodable {
    package func write(to writer: inout ByteWriter) {
        writer.write(text)
        writer.write(count)
        writer.write(firstNanoseconds)
    }

    package init(from reader: inout ByteReader) throws(ByteCodingError) {
        self.init(
            text: try reader.read(), count: try reader.read(),
            firstNanoseconds: try reader.read())
    }
}

extension IncidentLog.Moment: ByteCodable {
    package func write(to writer: inout ByteWriter) {
        writer.write(entry)
        writer.write(atNanoseconds)
    }

    package init(from reader: inout ByteReader) throws(ByteCodingError) {
        self.init(entry: try reader.read(), atNanoseconds: try reader.read())
    }
}
