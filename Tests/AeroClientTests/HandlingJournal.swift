// What a handler of records was given, for a test that follows along.

import AeroClient
import Synchronization

/// The text of each record that a handler was given, in order.
final class HandlingJournal: Sendable {
    private let entries: AsyncStream<String>
    private let feed: AsyncStream<String>.Continuation
    private let attempts = Mutex<[String: Int]>([:])

    init() { (entries, feed) = AsyncStream.makeStream() }

    /// Notes a record.
    ///
    /// - Returns: Which attempt at it this is, from 1.
    @discardableResult
    func note(_ record: Record) -> Int {
        let text = record.text ?? ""
        let attempt = attempts.withLock { attempts in
            attempts[text, default: 0] += 1
            return attempts[text] ?? 0
        }
        feed.yield(text)
        return attempt
    }

    /// The next entries, as soon as there are so many.
    func take(_ count: Int) async -> [String] {
        var taken: [String] = []
        for await entry in entries {
            taken.append(entry)
            if taken.count == count { break }
        }
        return taken
    }

    /// The next entries, up to the first with this text.
    func take(through last: String) async -> [String] {
        var taken: [String] = []
        for await entry in entries {
            taken.append(entry)
            if entry == last { break }
        }
        return taken
    }
}

/// What a handler of a test fails with.
struct HandlingFailure: Error, CustomStringConvertible {
    var description = "no good"
}

/// Waits for the end of the task.
func waitForCancellation() async throws {
    let (nothing, feed) = AsyncStream<Never>.makeStream()
    for await _ in nothing {}
    feed.finish()
    throw CancellationError()
}

extension RedeliveryOptions {
    /// Three attempts, soon after one another.
    static let quick = RedeliveryOptions {
        $0.maximumAttempts = 3
        $0.backoff = .milliseconds(1) ... .milliseconds(5)
    }

    /// One attempt.
    static let single = RedeliveryOptions { $0.maximumAttempts = 1 }
}

extension Record {
    /// The headers of a dead letter as text, by name; others as well.
    var headerTexts: [String: String] {
        var texts: [String: String] = [:]
        for header in headers {
            texts[header.name] = String(decoding: header.value ?? [], as: UTF8.self)
        }
        return texts
    }
}

extension Connection {
    /// Sends texts to a partition of `orders`, so many to a batch.
    func send(_ texts: [String], partition: Int = 0, together count: Int = 1) async throws {
        let producer = try await makeProducer(
            topic: "orders", options: ProducerOptions { $0.batchMessageCount = count })
        let messages = texts.map { Message(Array($0.utf8), partition: partition) }
        for result in try await producer.send(batch: messages) { _ = try result.get() }
        try await producer.close()
    }

    /// The texts of a topic with one partition, as soon as there are so many.
    func read(_ topic: String, _ count: Int) async throws -> [String] {
        try await makeConsumer(topic: topic).takeTexts(count)
    }

    /// Joins the group `g` on `orders`; commits often.
    func join(
        _ configure: (inout GroupConsumerOptions) -> Void = { _ in }
    ) async throws -> GroupConsumer {
        try await makeGroupConsumer(
            group: "g", topics: ["orders"],
            options: GroupConsumerOptions { options in
                options.commit = .automatic(interval: .milliseconds(10))
                configure(&options)
            })
    }

    /// What the group `g` has committed, by partition of `orders`.
    func committed() async throws -> [Int: Int64] {
        var offsets: [Int: Int64] = [:]
        for state in try await admin.describe(group: "g").offsets {
            offsets[state.partition.partition] = state.committed
        }
        return offsets
    }

    /// Waits until the group `g` has committed this offset of a partition.
    func awaitCommitted(_ offset: Int64, partition: Int = 0) async throws {
        // BOUND: the suite's time limit.
        while try await committed()[partition] != offset { try await ping() }
    }
}
