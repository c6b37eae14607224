// What a target promised for the messages of a class.

/// The words of a scenario as the target meant them.
package struct PromiseRecord: Codable, Equatable, Sendable {
    /// What an acknowledgement promised, in the words of scenarios (`volatile`, `os`,
    /// `interval 100ms`, `sync`); absent when the target acknowledged nothing.
    package var durability: String?
    /// What the target did before it acknowledged, in its own terms.
    package var acknowledgement: String
    /// Of which messages the order was kept.
    package var ordering: String
    /// What a group of consumers was there.
    package var groups: String
    /// What a batch of the scenario was there.
    package var batching: String
    /// Where the scenario asked for something else, what was used instead, one sentence each.
    package var differences: [String]

    /// Makes the record from its parts; each parameter is the property of the same name.
    package init(
        durability: String?, acknowledgement: String, ordering: String, groups: String,
        batching: String, differences: [String] = []
    ) {
        self.durability = durability
        self.acknowledgement = acknowledgement
        self.ordering = ordering
        self.groups = groups
        self.batching = batching
        self.differences = differences
    }

    /// What numbers are put beside each other by: targets of equal levels promise the same.
    package var level: String { durability ?? "unacknowledged" }
}

extension [PromiseRecord] {
    /// The levels of all classes, each once and in order; empty where nothing is promised.
    package var level: String {
        var levels: [String] = []
        for promise in self where !levels.contains(promise.level) { levels.append(promise.level) }
        return levels.joined(separator: ", ")
    }
}
