// A seeded sample of every payload there is, as frames, with a way to read and rewrite each.

import AeroWire
import TestSupport

/// One kind of frame: how to make a random one, and how to decode and encode its payload again.
///
/// The wire has one encoding per value, so `rewritten(decoded(payload)) == payload` for whatever
/// decodes. That is what makes every changed bit visible: it changes a field or is refused.
struct PayloadSample: Sendable, CustomStringConvertible {
    let description: String
    let commandCode: UInt16
    /// Whether the payload ends in bytes that are taken as they come (batches).
    let hasOpenEnd: Bool
    let makeFrame: @Sendable (inout SplitMix64) throws -> [UInt8]
    /// Decodes `range`, and encodes what was found; throws what decoding throws.
    let rewrite: @Sendable (UnsafeRawBufferPointer, Range<Int>) throws -> [UInt8]

    static func request<Payload: RequestPayload>(
        _ make: @escaping @Sendable (inout SplitMix64) -> Payload
    ) -> PayloadSample {
        PayloadSample(
            description: "\(Payload.self)", commandCode: Payload.command.rawValue,
            hasOpenEnd: false,
            makeFrame: { try make(&$0).frameBytes(requestId: $0.next()) },
            rewrite: { bytes, range in
                let payload = try Payload.decode(in: bytes, range: range)
                return Array(try payload.frameBytes(requestId: 0)[14...])
            })
    }

    static func reply<Body: ReplyPayload>(
        _ command: Command, _ make: @escaping @Sendable (inout SplitMix64) -> Body
    ) -> PayloadSample {
        let isFetch = Body.self == FetchReply.self
        return PayloadSample(
            description: "\(command): \(Body.self)", commandCode: command.replyCode,
            hasOpenEnd: isFetch,
            makeFrame: { random in
                let request = FrameHeader(
                    commandCode: command.rawValue, requestId: random.next(), payloadByteCount: 0)
                return try make(&random).frameBytes(replyingTo: request)
            },
            rewrite: { bytes, range in
                let request = FrameHeader(
                    commandCode: command.rawValue, requestId: 0, payloadByteCount: 0)
                switch try Reply<Body>.decode(in: bytes, range: range) {
                case .success(let body):
                    let rest = (body as? FetchReply).map { Array(bytes[$0.batches]) } ?? []
                    return Array(try body.frameBytes(replyingTo: request)[14...]) + rest
                case .failure(let failure):
                    return failurePayload(failure, in: bytes)
                }
            })
    }

    static func failurePayload(
        _ failure: ReplyFailure, in bytes: UnsafeRawBufferPointer
    ) -> [UInt8] {
        let count = failure.messageRange.count
        let head = [failure.rawCode, UInt16(count)].flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
        return head + Array(bytes[failure.messageRange])
    }
}

extension PayloadSample {
    static let all: [PayloadSample] =
        requests + replies + groupRequests + groupReplies + [send, deliver, failure]

    static let requests: [PayloadSample] = [
        .request { random in
            ConnectRequest(
                minVersion: random.value(), maxVersion: random.value(),
                clientId: random.text(max: 255), features: random.value(),
                authMechanism: random.text(max: 64), authData: random.bytes(max: 100))
        },
        .request { _ in DisconnectRequest() },
        .request { PingRequest(opaque: $0.value()) },
        .request { random in
            FetchRequest(
                topicId: random.value(), partition: random.value(), offset: random.value(),
                minByteCount: random.value(), maxByteCount: random.value(),
                maxWaitMilliseconds: random.value())
        },
        .request { random in
            SubscribeRequest(
                subscriptionId: random.value(), topicId: random.value(),
                partition: random.value(), group: random.text(max: 255),
                startKind: random.element(StartKind.allCases), startOffset: random.value(),
                creditByteCount: random.value(),
                acknowledgementMode: random.element(AcknowledgementMode.allCases),
                memberId: random.text(max: 255), generation: random.value())
        },
        .request { CreditRequest(subscriptionId: $0.value(), byteCount: $0.value()) },
        .request { AcknowledgeRequest(subscriptionId: $0.value(), throughOffset: $0.value()) },
        .request { UnsubscribeRequest(subscriptionId: $0.value()) },
        .request { ListOffsetsRequest(topicId: $0.value(), partition: $0.value()) },
        .request { random in
            CreateTopicRequest(
                name: random.text(max: 300), partitionCount: random.value(),
                durability: random.element([nil] + TopicDurability.allCases),
                durabilityIntervalMilliseconds: random.value(),
                retentionByteCount: random.value(), maximumByteCount: random.value(),
                settings: random.settings())
        },
        .request { random in
            AlterTopicRequest(name: random.text(max: 300), settings: random.settings())
        },
        .request { random in
            FindOffsetRequest(
                topicId: random.value(), partition: random.value(),
                timestampMilliseconds: random.value())
        },
        .request { random in
            DeleteRecordsRequest(
                topicId: random.value(), partition: random.value(), offset: random.value())
        },
        .request { random in
            InitProducerRequest(
                transactionalId: random.text(max: 255), producerId: random.value(),
                producerEpoch: random.value())
        },
        .request { DeleteTopicRequest(name: $0.text(max: 300)) },
        .request { ListTopicsRequest(includesInternal: $0.next() % 2 == 0) },
        .request { DescribeTopicRequest(name: $0.text(max: 300)) },
        .request { _ in StatisticsRequest() },
        .request { MarkSendRequest(sentNanoseconds: $0.value()) },
        .request { random in
            StageTimesPush(
                baseOffset: random.value(), sentNanoseconds: random.value(),
                receivedNanoseconds: random.value(), appendedNanoseconds: random.value(),
                durableNanoseconds: random.value(), dispatchedNanoseconds: random.value())
        },
    ]

    static let replies: [PayloadSample] = [
        .reply(.connect) { random in
            ConnectReply(
                version: random.value(), brokerId: random.text(max: 255),
                features: random.value(), maxFrameByteCount: random.value(),
                maxInFlightRequests: random.value(),
                heartbeatIntervalMilliseconds: random.value(), sessionId: random.value())
        },
        .reply(.disconnect) { _ in EmptyReply() },
        .reply(.ping) { PingReply(opaque: $0.value()) },
        .reply(.send) { SendReply(baseOffset: $0.value()) },
        .reply(.fetch) { FetchReply(logStartOffset: $0.value(), highWatermark: $0.value()) },
        .reply(.subscribe) { SubscribeReply(startOffset: $0.value()) },
        .reply(.listOffsets) {
            ListOffsetsReply(logStartOffset: $0.value(), highWatermark: $0.value())
        },
        .reply(.initProducer) {
            InitProducerReply(producerId: $0.value(), producerEpoch: $0.value())
        },
        .reply(.createTopic) { CreateTopicReply(topicId: $0.value()) },
        .reply(.listTopics) { random in
            ListTopicsReply(names: (0..<random.count(max: 8)).map { _ in random.text(max: 249) })
        },
        .reply(.describeTopic) { random in
            DescribeTopicReply(
                topicId: random.value(), durability: random.element(TopicDurability.allCases),
                retentionByteCount: random.value(), maximumByteCount: random.value(),
                partitions: (0..<random.count(max: 8)).map { _ in
                    PartitionDescription(
                        logStartOffset: random.value(), highWatermark: random.value(),
                        storedByteCount: random.value(), groupCount: random.value())
                },
                settings: random.settings())
        },
        .reply(.findOffset) { FindOffsetReply(offset: $0.value()) },
        .reply(.deleteRecords) { DeleteRecordsReply(logStartOffset: $0.value()) },
        .reply(.statistics) { random in
            StatisticsReply(
                entries: (0..<random.count(max: 8)).map { _ in
                    Statistic(name: random.text(max: 60), value: random.value())
                })
        },
    ]

    static let send = PayloadSample(
        description: "SendRequest", commandCode: Command.send.rawValue, hasOpenEnd: true,
        makeFrame: { random in
            let rest = random.bytes(max: 60)
            let request = SendRequest(
                topicId: random.value(), partition: random.value(),
                acks: random.element(RequiredAcks.allCases), timeoutMilliseconds: random.value(),
                batch: 0..<rest.count)
            return try withBlock(SendRequest.prefixByteCount) {
                try request.encodePrefix(requestId: random.next(), into: $0)
                return Array($0) + rest
            }
        },
        rewrite: { bytes, range in
            let request = try SendRequest.decode(in: bytes, range: range)
            return try withBlock(SendRequest.prefixByteCount) {
                try request.encodePrefix(requestId: 0, into: $0)
                return Array($0[14...]) + Array(bytes[request.batch])
            }
        })

    static let deliver = PayloadSample(
        description: "DeliverPush", commandCode: Command.deliver.rawValue, hasOpenEnd: true,
        makeFrame: { random in
            let rest = random.bytes(max: 60)
            let push = DeliverPush(highWatermark: random.value(), batches: 0..<rest.count)
            return try withBlock(DeliverPush.prefixByteCount) {
                try push.encodePrefix(subscriptionId: random.next(), into: $0)
                return Array($0) + rest
            }
        },
        rewrite: { bytes, range in
            let push = try DeliverPush.decode(in: bytes, range: range)
            return try withBlock(DeliverPush.prefixByteCount) {
                try push.encodePrefix(subscriptionId: 0, into: $0)
                return Array($0[14...]) + Array(bytes[push.batches])
            }
        })

    static let failure = PayloadSample(
        description: "FailureReply", commandCode: Command.send.replyCode, hasOpenEnd: false,
        makeFrame: { random in
            let codes = ErrorCode.allCases.filter { $0 != .ok && $0 != .unrecognized }
            let request = FrameHeader(
                commandCode: Command.send.rawValue, requestId: random.next(), payloadByteCount: 0)
            return try FailureReply(random.element(codes), random.text(max: 200))
                .frameBytes(replyingTo: request)
        },
        rewrite: { bytes, range in
            guard case .failure(let failure) = try Reply<EmptyReply>.decode(in: bytes, range: range)
            else { return [0, 0] }
            return failurePayload(failure, in: bytes)
        })
}

extension SplitMix64 {
    mutating func value<Integer: FixedWidthInteger>() -> Integer {
        // Half of the values are edges, where sign and width mistakes show.
        switch next() % 8 {
        case 0: 0
        case 1: .max
        case 2: .min
        case 3: 1
        default: Integer(truncatingIfNeeded: next())
        }
    }

    mutating func count(max: Int) -> Int { Int.random(in: 0...max, using: &self) }

    mutating func element<Element>(_ elements: [Element]) -> Element {
        elements[Int.random(in: elements.indices, using: &self)]
    }

    mutating func bytes(max: Int) -> [UInt8] {
        (0..<count(max: max)).map { _ in UInt8(truncatingIfNeeded: next()) }
    }

    /// A string of at most `max` bytes of UTF-8, some of them beyond ASCII.
    mutating func text(max: Int) -> String {
        let alphabet = Array("abcXYZ019._- ä€😀")
        var text = ""
        let target = count(max: max)
        while text.utf8.count + 4 <= target { text.append(element(alphabet)) }
        return text
    }
}

extension SplitMix64 {
    fileprivate mutating func settings() -> [TopicSetting] {
        (0..<count(max: 4)).map { _ in TopicSetting(text(max: 60), text(max: 60)) }
    }
}
