// The subjects and streams of a run.

#if NATSDriver
    import AeroLoad
    import Glibc

    /// The names of one class of a run.
    ///
    /// Each destination is a subject of its own. In front of the destination stands the consumer of
    /// each group that reads it, so that a consumer has one subscription however many it reads.
    struct NATSSubjects {
        private let root: String
        private let consumersPerGroup: Int

        init(_ plan: LoadPlan, classIndex: Int) {
            let each = plan.scenario.classes[classIndex]
            root = "\(plan.runId).\(each.name)"
            consumersPerGroup = each.consumersPerGroup
        }

        /// What is sent to a destination.
        func message(destination: Int) -> String {
            // As `LoadPlan` lays consumers out.
            messages(consumer: destination % consumersPerGroup) + "\(destination)"
        }

        /// What a consumer of any group reads, up to the destination.
        func messages(consumer: Int) -> String { "\(root).in.\(consumer)." }

        /// Where JetStream pushes to a consumer, from all its streams. The server begins when
        /// somebody subscribes to this very subject; one with a wildcard does not count.
        func pushes(group: Int, consumer: Int) -> String { "\(root).out.\(group).\(consumer)" }

        /// Where JetStream answers the requests of a consumer, up to the destination.
        func deliveries(group: Int, consumer: Int) -> String { "\(root).out.\(group).\(consumer)." }

        /// Where a producer is answered, up to what is answered.
        func answers(producer: Int) -> String { "\(root).ack.\(producer)." }

        /// The stream that keeps a destination. The name of a stream has no full stops.
        func stream(destination: Int) -> String {
            root.split(separator: ".").joined(separator: "-") + "-\(destination)"
        }
    }

    /// Texts as C has them, made once: the library is given one for each message.
    final class CTexts {
        private let pointers: [UnsafeMutablePointer<CChar>]

        init(_ texts: [String]) {
            pointers = texts.map { text in
                guard let pointer = strdup(text) else { preconditionFailure("out of memory") }
                return pointer
            }
        }

        deinit { for pointer in pointers { free(pointer) } }

        subscript(index: Int) -> UnsafePointer<CChar> { UnsafePointer(pointers[index]) }
    }

    /// What the subjects of some messages begin with.
    struct SubjectPrefix {
        /// The one text.
        let texts: CTexts
        let byteCount: Int

        init(_ text: String) {
            texts = CTexts([text])
            byteCount = text.utf8.count
        }
    }
#endif
