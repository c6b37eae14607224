// The numbers that are the protocol: commands, error codes, sizes.

import AeroWire
import Testing

@Suite struct ProtocolTableTests {
    @Test func commandNumbersArePinned() {
        let numbers: [Command: UInt16] = [
            .connect: 1, .disconnect: 2, .ping: 3, .send: 10, .fetch: 11, .subscribe: 12,
            .credit: 13, .acknowledge: 14, .unsubscribe: 15, .deliver: 16, .listOffsets: 17,
            .initProducer: 18, .deleteRecords: 19,
            .createTopic: 20, .deleteTopic: 21, .listTopics: 22, .describeTopic: 23,
            .alterTopic: 24, .findOffset: 25,
            .joinGroup: 30, .heartbeatGroup: 31, .leaveGroup: 32, .commitOffsets: 33,
            .fetchOffsets: 34, .listGroups: 35, .describeGroup: 36, .deleteGroup: 37,
            .joinCluster: 40, .leaveCluster: 41, .statistics: 50, .markSend: 51, .stageTimes: 52,
        ]
        #expect(Command.allCases.count == numbers.count)
        for command in Command.allCases {
            #expect(command.rawValue == numbers[command])
            #expect(command.replyCode == command.rawValue | 0x8000)
        }
    }

    @Test func unknownCommandsAreNoCommands() {
        let known = Set(Command.allCases.map(\.rawValue))
        for code in UInt16(0)..<0x8000 where !known.contains(code) {
            let header = FrameHeader(commandCode: code, requestId: 1, payloadByteCount: 0)
            #expect(header.command == nil)
            #expect(!header.isReply)
            #expect(header.replyCode == code | 0x8000)
        }
    }

    @Test func errorCodeNumbersArePinned() {
        let numbers: [(ErrorCode, UInt16)] = [
            (.ok, 0), (.internalError, 1), (.notSupported, 2), (.shuttingDown, 3),
            (.requestTimedOut, 4), (.unknownCommand, 10), (.unsupportedVersion, 11),
            (.malformedFrame, 12), (.frameTooLarge, 13), (.malformedRequest, 14),
            (.notConnected, 20), (.alreadyConnected, 21), (.authenticationFailed, 22),
            (.tooManyConnections, 23), (.tooManyInFlight, 24), (.unknownTopic, 30),
            (.unknownPartition, 31), (.topicAlreadyExists, 32), (.invalidTopicName, 33),
            (.invalidPartitionCount, 34), (.tooManyTopics, 35), (.durabilityNotSupported, 36),
            (.tooManyPartitions, 37),
            (.corruptBatch, 40), (.invalidBatch, 41), (.batchTooLarge, 42),
            (.offsetOutOfRange, 50), (.unknownSubscription, 51), (.subscriptionExists, 52),
            (.groupPartitionTaken, 53), (.tooManyGroups, 54),
            (.memoryFull, 60), (.storageFull, 61), (.diskFull, 62), (.logFailed, 63),
            (.logDamaged, 64), (.unknownGroup, 70), (.unknownMember, 71),
            (.staleGeneration, 72), (.groupRebalancing, 73), (.groupNotEmpty, 74),
            (.inconsistentGroup, 75), (.invalidSessionTimeout, 76), (.memberFenced, 77),
            (.coordinatorLoading, 78), (.tooManyMembers, 79), (.outOfOrderSequence, 80),
            (.staleProducerEpoch, 81),
            (.duplicateSequence, 82), (.invalidSetting, 83), (.unrecognized, 65_535),
        ]
        #expect(numbers.map(\.0) == ErrorCode.allCases)
        for (code, number) in numbers { #expect(code.rawValue == number) }
    }

    @Test func onlyWhatMayPassIsRetriable() {
        let retriable: Set<ErrorCode> = [
            .shuttingDown, .requestTimedOut, .tooManyConnections, .tooManyInFlight, .corruptBatch,
            .memoryFull, .storageFull, .diskFull, .groupRebalancing, .coordinatorLoading,
        ]
        for code in ErrorCode.allCases {
            #expect(code.isRetriable == retriable.contains(code))
        }
    }

    @Test func enumeratedFieldsArePinned() {
        #expect(RequiredAcks.allCases.map(\.rawValue) == [0, 1, 255])
        #expect(StartKind.allCases.map(\.rawValue) == [0, 1, 2, 3])
        #expect(AcknowledgementMode.allCases.map(\.rawValue) == [0, 1])
        #expect(TopicDurability.allCases.map(\.rawValue) == [0, 1, 2, 3])
        #expect(CompressionCodec.allCases.map(\.rawValue) == [0, 1, 2, 3, 4])
    }

    @Test func prefixesArePinned() {
        #expect(SendRequest.prefixByteCount == 28)
        #expect(FetchReply.prefixByteCount == 32)
        #expect(DeliverPush.prefixByteCount == 22)
        #expect(WireLimits.frameHeaderByteCount == 14)
        #expect(WireLimits.batchHeaderByteCount == 61)
    }

    @Test func whatTravelsThroughTheDataPathIsSmall() {
        #expect(MemoryLayout<WireReader>.size == 32)
        #expect(MemoryLayout<WireWriter>.size == 24)
        #expect(MemoryLayout<FrameHeader>.size == 24)
        #expect(MemoryLayout<ErrorCode>.size == 1)
        #expect(MemoryLayout<Reply<SendReply>>.size == 25)
        #expect(MemoryLayout<RecordBatchHeader>.size == 76)
        #expect(MemoryLayout<RecordView>.size == 88)
        #expect(MemoryLayout<RecordBatchBuilder>.size == 48)
        #expect(MemoryLayout<WireError>.size <= 17)
    }
}
