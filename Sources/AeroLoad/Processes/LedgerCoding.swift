// Ledgers on their way from one process to another: whole, so that their merge is exact.

extension SequenceSet: ByteCodable {
    package func write(to writer: inout ByteWriter) {
        writer.write(end)
        writer.write(gaps)
        writer.write(untrackedCount)
    }

    package init(from reader: inout ByteReader) throws(ByteCodingError) {
        self.init()
        end = try reader.read()
        gaps = try reader.read()
        untrackedCount = try reader.read()
    }
}

extension SequenceSet.Gap: ByteCodable {
    package func write(to writer: inout ByteWriter) {
        writer.write(lower)
        writer.write(upper)
    }

    package init(from reader: inout ByteReader) throws(ByteCodingError) {
        self.init(lower: try reader.read(), upper: try reader.read())
    }
}

extension StreamTable: ByteCodable {
    package func write(to writer: inout ByteWriter) {
        writer.write(producerCount)
        writer.write(destinationCount)
    }

    package init(from reader: inout ByteReader) throws(ByteCodingError) {
        let (producers, destinations): (Int, Int) = (try reader.read(), try reader.read())
        guard producers >= 1, destinations >= 1, producers <= ScenarioLimits.streams,
            destinations <= ScenarioLimits.streams / producers
        else { throw ByteCodingError() }
        self.init(producerCount: producers, destinationCount: destinations)
    }
}

extension SendLedger: ByteCodable {
    /// Only streams that anything was sent on: of millions, a worker has its share.
    package func write(to writer: inout ByteWriter) {
        writer.write(streams)
        writer.write(strayCount)
        let used = nextSequences.indices.filter { nextSequences[$0] > 0 }
        writer.write(used)
        for stream in used {
            writer.write(nextSequences[stream])
            writer.write(acknowledged[stream])
        }
    }

    package init(from reader: inout ByteReader) throws(ByteCodingError) {
        self.init(try reader.read())
        strayCount = try reader.read()
        for stream in try reader.read([Int].self) {
            guard nextSequences.indices.contains(stream) else { throw ByteCodingError() }
            nextSequences[stream] = try reader.read()
            acknowledged[stream] = try reader.read()
        }
    }
}

extension ReceiveLedger: ByteCodable {
    /// Only streams that anything arrived on.
    package func write(to writer: inout ByteWriter) {
        writer.write(streams)
        writer.write(Int(classIndex))
        writer.write(startNanoseconds)
        writer.write(tally)
        writer.write(faults)
        let used = received.indices.filter { received[$0] != SequenceSet() }
        writer.write(used)
        for stream in used { writer.write(received[stream]) }
    }

    package init(from reader: inout ByteReader) throws(ByteCodingError) {
        let streams: StreamTable = try reader.read()
        guard let classIndex = UInt8(exactly: try reader.read(Int.self)) else {
            throw ByteCodingError()
        }
        self.init(streams, classIndex: classIndex, startNanoseconds: try reader.read())
        tally = try reader.read()
        faults = try reader.read()
        for stream in try reader.read([Int].self) {
            guard received.indices.contains(stream) else { throw ByteCodingError() }
            received[stream] = try reader.read()
        }
    }
}

extension ReceiveLedger.Counts: ByteCodable {
    package func write(to writer: inout ByteWriter) {
        for count in [received, duplicates, reordered, misrouted, corrupt, foreign] {
            writer.write(count)
        }
    }

    package init(from reader: inout ByteReader) throws(ByteCodingError) {
        self.init()
        received = try reader.read()
        duplicates = try reader.read()
        reordered = try reader.read()
        misrouted = try reader.read()
        corrupt = try reader.read()
        foreign = try reader.read()
    }
}

extension ArrivalFaults: ByteCodable {
    package func write(to writer: inout ByteWriter) {
        writer.write(tallies.count)
        for (key, tally) in tallies {
            writer.write(key.fault.rawValue)
            writer.write(key.stream)
            writer.write(tally.count)
            writer.write(tally.firstSequence)
        }
    }

    package init(from reader: inout ByteReader) throws(ByteCodingError) {
        self.init()
        // BOUND: every round reads, and reading ends with the bytes.
        for _ in 0..<max(0, try reader.read(Int.self)) {
            guard let fault = LedgerFault(rawValue: try reader.read()) else {
                throw ByteCodingError()
            }
            let (stream, count): (Int, Int64) = (try reader.read(), try reader.read())
            note(fault, stream: stream, sequence: try reader.read(), count: count)
        }
    }
}

extension WorkerLedgers: ByteCodable {
    package func write(to writer: inout ByteWriter) {
        writer.write(sends)
        writer.write(receives)
        for count in [failedCount, strayTokenCount, unansweredCount, unsentCount, refusedCount] {
            writer.write(count)
        }
        writer.write(inFlightArea)
        writer.write(isDrainCut)
        writer.write(deferredRotationCount)
        writer.write(incidents)
        writer.write(stages)
    }

    package init(from reader: inout ByteReader) throws(ByteCodingError) {
        self.init(
            sends: try reader.read(), receives: try reader.read(), failedCount: try reader.read(),
            strayTokenCount: try reader.read(), unansweredCount: try reader.read(),
            unsentCount: try reader.read(), refusedCount: try reader.read(),
            inFlightArea: try reader.read(), isDrainCut: try reader.read(),
            deferredRotationCount: try reader.read(),
            incidents: try reader.read(), stages: try reader.read())
    }
}

extension WorkerResult: ByteCodable {
    package func write(to writer: inout ByteWriter) {
        writer.write(ledgers)
        writer.write(usage)
        writer.write(failure)
    }

    package init(from reader: inout ByteReader) throws(ByteCodingError) {
        self.init(
            ledgers: try reader.read(), usage: try reader.read(), failure: try reader.read())
    }
}
