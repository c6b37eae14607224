// Who sends what where: a scenario laid out over topics, clients and worker threads.

/// The layout of a run. Made once; workers read it.
@usableFromInline package struct LoadPlan: Sendable {
    /// What is run.
    @usableFromInline package let scenario: Scenario
    /// What each worker thread does.
    package let assignments: [WorkerAssignment]
    /// Makes topic names of this run unlike those of any other.
    package let runId: String

    /// Lays producers and consumers out over the workers, each kind in turn.
    ///
    /// - Parameters:
    ///   - scenario: What to run.
    ///   - runId: Part of every topic name: letters, digits and hyphens.
    @usableFromInline package init(_ scenario: Scenario, runId: String) {
        self.scenario = scenario
        self.runId = runId
        var assignments = (0..<scenario.workerCount).map { WorkerAssignment(worker: $0) }
        var nextProducer = 0
        // Consumers start at the other end, so that two workers split into a sender and a receiver.
        var nextConsumer = scenario.workerCount - 1
        for (classIndex, each) in scenario.classes.enumerated() {
            for producer in 0..<each.producerCount {
                assignments[nextProducer].producers.append(
                    ProducerAssignment(classIndex: classIndex, producer: producer))
                nextProducer = (nextProducer + 1) % scenario.workerCount
            }
            for group in 0..<each.groupCount {
                for consumer in 0..<each.consumersPerGroup {
                    assignments[nextConsumer].consumers.append(
                        ConsumerAssignment(
                            classIndex: classIndex, group: group, consumer: consumer,
                            destinations: Array(
                                stride(
                                    from: consumer, to: each.destinationCount,
                                    by: each.consumersPerGroup))))
                    nextConsumer = (nextConsumer + 1) % scenario.workerCount
                }
            }
        }
        self.assignments = assignments
    }

    /// The name of a topic of a class.
    package func topicName(classIndex: Int, topic: Int) -> String {
        "\(scenario.name).\(scenario.classes[classIndex].name).\(topic).\(runId)"
    }

    /// The name of a group of a class.
    package func groupName(classIndex: Int, group: Int) -> String {
        "\(scenario.classes[classIndex].name)-\(group)"
    }
}

/// What one worker thread does.
@usableFromInline package struct WorkerAssignment: Sendable, Equatable {
    /// Index of the worker.
    package let worker: Int
    /// Producers it drives; a driver knows them by their index in this list.
    package internal(set) var producers: [ProducerAssignment] = []
    /// Consumers it drives; a driver knows them by their index in this list.
    package internal(set) var consumers: [ConsumerAssignment] = []
}

/// One producer.
package struct ProducerAssignment: Sendable, Equatable {
    /// Its class in the scenario.
    package let classIndex: Int
    /// Its index in the class.
    package let producer: Int
}

/// One consumer of a group.
package struct ConsumerAssignment: Sendable, Equatable {
    /// Its class in the scenario.
    package let classIndex: Int
    /// Its group in the class.
    package let group: Int
    /// Its index in the group.
    package let consumer: Int
    /// The topic-partitions of the class that it reads.
    package let destinations: [Int]
}
