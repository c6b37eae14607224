// What a target promised, in sentences.

/// The promises of a run for people; classes that are treated alike share a sentence.
struct PromiseText {
    /// One sentence.
    struct Line: Equatable {
        /// `promise` or `differs`.
        let name: String
        let text: String
        /// Whether it says where the scenario asked for something else.
        let isDifference: Bool
    }

    /// The sentences, each promise before its differences; none for a target that is no broker.
    let lines: [Line]

    init(_ document: ResultDocument) {
        var lines: [Line] = []
        var told: [PromiseRecord] = []
        for promise in document.classes.compactMap(\.promise) where !told.contains(promise) {
            told.append(promise)
            let names = document.classes.filter { $0.promise == promise }.map(\.name)
            let isShared = names.count == document.classes.count
            let owner = isShared ? "" : names.joined(separator: ", ") + ": "
            lines.append(
                Line(
                    name: "promise",
                    text: "\(owner)\(promise.level): \(promise.acknowledgement)",
                    isDifference: false))
            lines += promise.differences.map {
                Line(name: "differs", text: owner + $0, isDifference: true)
            }
        }
        self.lines = lines
    }
}
