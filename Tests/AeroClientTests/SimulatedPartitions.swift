// A broker's partitions and the connection to them, for a producer engine without sockets.

import AeroClient
import AeroCore
import AeroMemory
import AeroStorage
import AeroWire
import TestSupport

/// What goes wrong on the way; each is the chance of one in so many.
struct Mishaps {
    /// A refusal for a passing reason.
    var refusal = 20
    /// An answer that is lost although the connection stays.
    var silence = 30
    /// A broker that says that it ran out of time, and stores the batch all the same.
    var doubt = 40
    /// A log that fails with the batch in it, and has it when it is read again.
    var failedLog = 0
}

/// What a test breaks on purpose, to see that it would be found.
enum PlantedProducerBug {
    /// A batch that is sent again carries the number that the partition waits for, not its own.
    case newSequenceOnRetry
    /// More batches are under way than a partition remembers.
    case sixInFlight
}

/// Carries batches to partitions and answers back, late, not at all, or over another connection.
///
/// What is handed over is kept as it is in memory until it is delivered, as a session's output is,
/// and must not have changed by then.
final class SimulatedPartitions: BatchTransport {
    /// A SEND on its way to the broker.
    private struct Request {
        let batch: ProducerBatch
        /// Whoever waits for the answer; nil when nobody does any more.
        var id: Int?
        let frame: SharedBytes
    }

    /// A frame that has not left yet: the memory itself, and what stood there.
    private struct SharedBytes {
        let memory: () -> [UInt8]
        let original: [UInt8]
    }

    private enum Answer {
        case stored(Int64)
        case refused(ErrorCode)
    }

    private struct Partition: ~Copyable {
        var table = ProducerStateTable()
        var messages: [Int] = []
    }

    private final class Shelf {
        var partition = Partition()
    }

    private var random: SplitMix64
    private let mishaps: Mishaps
    private let bug: PlantedProducerBug?
    private let partitions: [Shelf]
    private var requests: [Request] = []
    /// What the broker had received of connections that are gone.
    private var zombies: [[Request]] = []
    private var answers: [(id: Int, Answer)] = []
    private var waiting: [Int: ProducerBatch] = [:]
    private var nextId = 0
    private var epochs = 0
    private(set) var isConnected = true
    /// Set when something is seen that must not be.
    private(set) var fault: String?
    private(set) var repeatedCount = 0
    let frameByteCountMax = 4 << 20

    init(
        seed: UInt64, partitionCount: Int, mishaps: Mishaps, bug: PlantedProducerBug? = nil
    ) {
        random = SplitMix64(seed: seed)
        self.mishaps = mishaps
        self.bug = bug
        partitions = (0..<partitionCount).map { _ in Shelf() }
    }

    /// What a partition holds, first to last.
    func messages(of partition: Int) -> [Int] { partitions[partition].partition.messages }

    /// True when nothing is on its way any more.
    var isQuiet: Bool { requests.isEmpty && answers.isEmpty && zombies.isEmpty }

    // MARK: - The engine's side

    func dispatch(
        _ batch: ProducerBatch, of producer: ProducerEngine, timeoutNanoseconds: Int64,
        nowNanoseconds: Int64
    ) -> RequestAdmission {
        guard isConnected else { return .notConnected }
        guard Int.random(in: 0..<10, using: &random) > 0 else { return .tooManyRequests }
        nextId += 1
        waiting[nextId] = batch
        let slice = batch.frame
        // The prefix belongs to the session, which writes it anew; the batch may not change.
        let bytes = { Array(slice.bytes[SendRequest.prefixByteCount...]) }
        requests.append(
            Request(
                batch: batch, id: nextId, frame: SharedBytes(memory: bytes, original: bytes())))
        return .admitted(requestId: UInt64(nextId))
    }

    func expiry(elapsedNanoseconds: Int64, isInDoubt: Bool) -> ClientError {
        isInDoubt ? TestFailure.other : TestFailure.expired
    }

    func requestIdentity(
        for producer: ProducerEngine, raising: ProducerIdentity?, nowNanoseconds: Int64
    ) -> Bool {
        guard isConnected else { return false }
        switch Int.random(in: 0..<6, using: &random) {
        case 0: return false
        case 1:
            producer.notIdentified(
                isFinal: false, TestFailure.other, nowNanoseconds: nowNanoseconds)
        default:
            epochs += 1
            producer.identified(
                ProducerIdentity(producerId: 7, epoch: raising.map { $0.epoch + 1 } ?? 0))
        }
        return true
    }

    // MARK: - The network's side

    /// Lets the oldest request reach the broker.
    func deliverRequest() {
        guard !requests.isEmpty else { return }
        process(requests.removeFirst())
    }

    /// Lets the broker look at what it had received of a connection that is gone.
    func processZombie() {
        guard let index = zombies.indices.randomElement(using: &random) else { return }
        process(zombies[index].removeFirst())
        if zombies[index].isEmpty { zombies.remove(at: index) }
    }

    /// Lets the oldest answer reach the engine.
    func deliverAnswer(_ engine: ProducerEngine, now: Int64) {
        guard !answers.isEmpty else { return }
        let (id, answer) = answers.removeFirst()
        guard let batch = waiting.removeValue(forKey: id) else { return }
        switch answer {
        case .stored(let offset):
            engine.stored(batch, baseOffset: offset, nowNanoseconds: now)
        case .refused(let code):
            engine.refused(batch, code, TestFailure.other, nowNanoseconds: now)
        }
    }

    /// Lets a request time out whose answer may still come.
    func timeOut(_ engine: ProducerEngine, now: Int64) {
        guard let id = waiting.keys.sorted().randomElement(using: &random),
            let batch = waiting.removeValue(forKey: id)
        else { return }
        engine.lost(batch, isFinal: false, TestFailure.other, nowNanoseconds: now)
    }

    /// Ends the connection; some of what was sent is still with the broker.
    func cut(_ engine: ProducerEngine, now: Int64) {
        guard isConnected else { return }
        isConnected = false
        let received = Int.random(in: 0...requests.count, using: &random)
        if received > 0 { zombies.append(Array(requests[..<received])) }
        requests = []
        answers = []
        let lost = waiting.keys.sorted().shuffled(using: &random)
        for id in lost {
            guard let batch = waiting.removeValue(forKey: id) else { continue }
            engine.lost(
                batch, isFinal: false, waits: false, TestFailure.other, nowNanoseconds: now)
        }
        engine.disconnected()
    }

    func connect(_ engine: ProducerEngine) {
        guard !isConnected else { return }
        isConnected = true
        engine.resolved(topicId: 1, partitionCount: partitions.count)
    }

    /// The broker forgets its producers, as when their time is over.
    func forgetProducers() {
        for shelf in partitions { shelf.partition.table.expire(idleSince: .max) }
    }

    // MARK: - The broker's side

    private func process(_ request: Request) {
        let bytes = request.frame.memory()
        if bytes != request.frame.original { fault = "a frame changed while it waited to leave" }
        if happens(mishaps.refusal) {
            answer(request, .refused(.memoryFull))
            return
        }
        let isDoubtful = happens(mishaps.doubt)
        let outcome = store(request.frame.original, partitions[request.batch.partition])
        if happens(mishaps.failedLog) {
            answer(request, .refused(.logFailed))
            return
        }
        answer(request, isDoubtful ? .refused(.requestTimedOut) : outcome)
    }

    private func answer(_ request: Request, _ answer: Answer) {
        guard let id = request.id, !happens(mishaps.silence) else { return }
        // Over a connection that is gone nothing is answered: its ids are not waited for.
        if waiting[id] != nil { answers.append((id, answer)) }
    }

    private func store(_ bytes: [UInt8], _ shelf: Shelf) -> Answer {
        do {
            return try bytes.withUnsafeBytes { raw in
                let header = try RecordBatchHeader.validate(in: raw, range: 0..<raw.count)
                if header.producerId < 0 { fault = "a batch without a producer" }
                switch shelf.partition.table.check(header) {
                case .duplicate where bug == .newSequenceOnRetry: break
                case .duplicate(let offset, _):
                    repeatedCount += 1
                    return .stored(offset)
                case .refused(let code): return .refused(code)
                case .next: break
                }
                var placed = header
                placed.baseOffset = Int64(shelf.partition.messages.count)
                var cursor = try RecordCursor(header, at: 0)
                while let record = try cursor.next(in: raw) {
                    let text = record.value.map { String(decoding: raw[$0], as: UTF8.self) } ?? ""
                    shelf.partition.messages.append(Int(text) ?? -1)
                }
                shelf.partition.table.record(placed, nowMilliseconds: 0)
                return .stored(placed.baseOffset)
            }
        } catch {
            fault = "a batch is damaged: \(error)"
            return .refused(.corruptBatch)
        }
    }

    private func happens(_ oneIn: Int) -> Bool {
        oneIn > 0 && Int.random(in: 0..<oneIn, using: &random) == 0
    }
}
