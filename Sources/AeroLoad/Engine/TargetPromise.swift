// What a target means by the words of a scenario.

/// What a target promises for the messages of one class. Numbers of two targets may stand in one
/// table where their promises are equal.
@usableFromInline package struct TargetPromise: Sendable, Equatable {
    /// What an acknowledgement promises, in the words of scenarios; nil when the target
    /// acknowledges nothing.
    package var durability: TopicStorage.Durability?
    /// What the target does before it acknowledges, in its own terms, such as "publisher confirm
    /// of a quorum queue, after fsync".
    package var acknowledgement: String
    /// Of which messages the order is kept.
    package var ordering: String
    /// What a group of consumers is there.
    package var groups: String
    /// What a batch of the scenario is there.
    package var batching: String
    /// Where the scenario asked for something else, what was used instead, one sentence each;
    /// wishes that would change what is measured are refused in `prepare` instead.
    package var differences: [String] = []

    /// - Parameters:
    ///   - durability: As the property of that name.
    ///   - acknowledgement: As the property of that name.
    ///   - ordering: As the property of that name.
    ///   - groups: As the property of that name.
    ///   - batching: As the property of that name.
    package init(
        durability: TopicStorage.Durability?, acknowledgement: String, ordering: String,
        groups: String, batching: String
    ) {
        self.durability = durability
        self.acknowledgement = acknowledgement
        self.ordering = ordering
        self.groups = groups
        self.batching = batching
    }
}
