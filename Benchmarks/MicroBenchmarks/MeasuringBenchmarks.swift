// What the load generator does for every message: schedule, stamp, ledger, histogram.

import AeroLoad
import HDRHistogram

extension MicroBenchmark {
    /// `histogram/record`: one sample, 3 digits, 1 ns to 1 h. `schedule`: one arrival.
    /// `draw`: the size or the key of one message, where they vary.
    /// `stamp/write`, `stamp/read`: one message of 100 B or 1 KiB with its checksum.
    /// `ledger`: one message in order.
    static var measuring: [MicroBenchmark] {
        [
            MicroBenchmark("histogram/record", setUp: makeRecords),
            MicroBenchmark("schedule/constant", setUp: { makeArrivals(.constant(rate)) }),
            MicroBenchmark("schedule/poisson", setUp: { makeArrivals(.poisson(rate)) }),
            MicroBenchmark("schedule/on-off", setUp: { makeArrivals(.varying(onOff, .even)) }),
            MicroBenchmark("schedule/sine", setUp: { makeArrivals(.varying(sine, .even)) }),
            MicroBenchmark(
                "schedule/sine-poisson", setUp: { makeArrivals(.varying(sine, .poisson)) }),
            MicroBenchmark("draw/size/uniform", setUp: { makeSizes(.uniform(100...10_000)) }),
            MicroBenchmark("draw/size/log-normal", setUp: { makeSizes(logNormal) }),
            MicroBenchmark("draw/key/zipf-1k", setUp: { makeKeys(count: 1_000) }),
            MicroBenchmark("draw/key/zipf-1M", setUp: { makeKeys(count: 1_000_000) }),
            MicroBenchmark("stamp/write/100B", setUp: { makeStampWrites(100) }),
            MicroBenchmark("stamp/write/1KiB", setUp: { makeStampWrites(1 << 10) }),
            MicroBenchmark("stamp/read/100B", setUp: { makeStampReads(100) }),
            MicroBenchmark("stamp/read/1KiB", setUp: { makeStampReads(1 << 10) }),
            MicroBenchmark("ledger/send-and-receive", body: keepLedger),
        ]
    }
}

private let rate = MessageRate(messagesPerSecond: 1_000_000)
private let onOff = RateShape.onOff(
    rateBillionths: rate.billionthsPerSecond, onNanoseconds: 10_000_000,
    offNanoseconds: 10_000_000)
private let sine = RateShape.sine(
    meanBillionths: rate.billionthsPerSecond, amplitudeBillionths: rate.billionthsPerSecond,
    periodNanoseconds: 1_000_000_000)

private func makeRecords() -> MicroBenchmark.Body {
    { operationCount in
        var histogram: Histogram
        do throws(HistogramError) {
            histogram = try Histogram(
                highestTrackableValue: 3_600_000_000_000, significantDigits: 3)
        } catch {
            preconditionFailure("the configuration is valid: \(error)")
        }
        // A multiplicative walk over 1 us to 1 ms: where latencies are.
        var word: UInt64 = 1
        for _ in 0..<operationCount {
            word = word &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            histogram.record(Int64(1_000 + (word >> 44)))
        }
        return UInt64(histogram.totalCount) ^ UInt64(histogram.value(atPercentile: 99))
    }
}

private func makeArrivals(_ load: LoadShape) -> MicroBenchmark.Body {
    guard let schedule = ArrivalSchedule(load, seed: 1) else {
        preconditionFailure("open loops have a schedule")
    }
    return { operationCount in
        var cursor = schedule.cursor()
        var hash = ResultHash()
        for _ in 0..<operationCount {
            hash.fold(UInt64(cursor.intendedNanoseconds))
            cursor.advance()
        }
        return hash.value
    }
}

private let logNormal = MessageSize.logNormal(
    median: 1_024, sigmaBillionths: 800_000_000, bounds: 32...1_048_576)

private func makeSizes(_ size: MessageSize) -> MicroBenchmark.Body {
    let sampler = SizeSampler(size, seed: 1)
    return { operationCount in
        var hash = ResultHash()
        for index in 0..<operationCount {
            hash.fold(UInt64(sampler.byteCount(index: Int64(index))))
        }
        return hash.value
    }
}

private func makeKeys(count: Int) -> MicroBenchmark.Body {
    let sampler = KeySampler(.zipf(count: count, exponentBillionths: 1_000_000_000), seed: 1)
    return { operationCount in
        var hash = ResultHash()
        for index in 0..<operationCount { hash.fold(sampler.key(index: Int64(index))) }
        return hash.value
    }
}

/// Bodies and room for one message.
private final class MessageRoom {
    let bodies: PayloadBodies
    let room: UnsafeMutableRawBufferPointer

    init(_ byteCount: Int) {
        bodies = PayloadBodies(messageByteCount: byteCount, seed: 1)
        room = .allocate(byteCount: byteCount, alignment: 64)
    }

    deinit { room.deallocate() }

    func write(_ sequence: Int) {
        guard let base = room.baseAddress else { preconditionFailure("a message has bytes") }
        bodies.fill(
            base,
            Stamp(
                classIndex: 0, producer: 0, destination: 0, sequence: Int64(sequence),
                intendedNanoseconds: Int64(sequence), actualNanoseconds: Int64(sequence)))
    }
}

private func makeStampWrites(_ byteCount: Int) -> MicroBenchmark.Body {
    let message = MessageRoom(byteCount)
    return { operationCount in
        var hash = ResultHash()
        for sequence in 0..<operationCount {
            message.write(sequence)
            hash.fold(message.room.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        }
        return hash.value
    }
}

private func makeStampReads(_ byteCount: Int) -> MicroBenchmark.Body {
    let message = MessageRoom(byteCount)
    message.write(7)
    return { operationCount in
        var hash = ResultHash()
        for operation in 0..<operationCount {
            let decode = Stamp.decode(
                UnsafeRawBufferPointer(message.room), nearNanoseconds: Int64(operation))
            guard case .valid(let stamp, _) = decode else {
                preconditionFailure("a message just written is intact")
            }
            hash.fold(UInt64(stamp.sequence))
        }
        return hash.value
    }
}

private func keepLedger(_ operationCount: Int) -> UInt64 {
    let streams = StreamTable(producerCount: 1, destinationCount: 1)
    var send = SendLedger(streams)
    var receive = ReceiveLedger(streams, classIndex: 0, startNanoseconds: 0)
    for _ in 0..<operationCount {
        let sequence = send.nextSequence(producer: 0, destination: 0)
        let stamp = Stamp(
            classIndex: 0, producer: 0, destination: 0, sequence: sequence,
            intendedNanoseconds: sequence, actualNanoseconds: sequence)
        if !receive.note(.valid(stamp, form: .full), arrivedAt: 0) {
            preconditionFailure("every message is new")
        }
        send.acknowledge(producer: 0, destination: 0, first: sequence, count: 1)
    }
    let verdict = LedgerVerdict(send: send, receive: receive)
    return UInt64(verdict.unique) << 1 | (verdict.isClean ? 1 : 0)
}
