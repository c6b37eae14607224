// Stages and slow messages on their way from one process to another.

extension StageAccount: ByteCodable {
    package func write(to writer: inout ByteWriter) {
        writer.write(timedCount)
        writer.write(untimedCount)
        writer.write(disorderedCount)
        writer.write(slowest)
    }

    package init(from reader: inout ByteReader) throws(ByteCodingError) {
        self.init(
            timedCount: try reader.read(), untimedCount: try reader.read(),
            disorderedCount: try reader.read(), slowest: try reader.read())
    }
}

extension SlowestMessages: ByteCodable {
    package func write(to writer: inout ByteWriter) {
        writer.write(capacity)
        writer.write(heap)
    }

    package init(from reader: inout ByteReader) throws(ByteCodingError) {
        let capacity: Int = try reader.read()
        guard ScenarioLimits.slowest.contains(capacity) else { throw ByteCodingError() }
        self.init(capacity: capacity)
        for message in try reader.read([SlowMessage].self) { insert(message) }
    }
}

extension SlowMessage: ByteCodable {
    package func write(to writer: inout ByteWriter) {
        writer.write([classIndex, group, producer, destination])
        for number in [
            sequence, intendedNanoseconds, takenNanoseconds, handledNanoseconds, times.offset,
            times.sentNanoseconds, times.arrivedNanoseconds, times.appendedNanoseconds,
            times.durableNanoseconds, times.dispatchedNanoseconds, times.receivedNanoseconds,
        ] { writer.write(number) }
    }

    package init(from reader: inout ByteReader) throws(ByteCodingError) {
        let places: [Int] = try reader.read()
        guard places.count == 4 else { throw ByteCodingError() }
        self.init(
            classIndex: places[0], group: places[1], producer: places[2], destination: places[3],
            sequence: try reader.read(), intendedNanoseconds: try reader.read(),
            takenNanoseconds: try reader.read(), handledNanoseconds: try reader.read(),
            times: StageTimes(
                offset: try reader.read(), sentNanoseconds: try reader.read(),
                arrivedNanoseconds: try reader.read(), appendedNanoseconds: try reader.read(),
                durableNanoseconds: try reader.read(), dispatchedNanoseconds: try reader.read(),
                receivedNanoseconds: try reader.read()))
    }
}
