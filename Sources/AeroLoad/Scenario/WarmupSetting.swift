// How long a scenario warms up.

/// A fixed length, or as long as it takes.
struct WarmupSetting: Equatable {
    /// The length; of an automatic warm-up the most it may take.
    let nanoseconds: Int64
    /// Whether the warm-up ends by itself when latency and rate have settled.
    let isAutomatic: Bool

    private static let word = "auto"
    private static let fixedDefault: Int64 = 2_000_000_000
    private static let automaticDefault: Int64 = 30_000_000_000

    /// Reads `warmup`: a duration, `auto`, or `auto` and the most it may take.
    init(_ node: ScenarioNode?) throws(ScenarioError) {
        guard let node else {
            nanoseconds = Self.fixedDefault
            isAutomatic = false
            return
        }
        let text = try node.scalar("warmup", expected: "a duration, or auto")
        guard text == Self.word || text.hasPrefix(Self.word + " ") else {
            nanoseconds = try node.quantity(
                .duration, "warmup", in: ScenarioLimits.warmupNanoseconds)
            isAutomatic = false
            return
        }
        isAutomatic = true
        let rest = text.dropFirst(Self.word.count + 1)
        nanoseconds =
            rest.isEmpty
            ? Self.automaticDefault
            : try ScenarioNode(position: node.position, content: .scalar(String(rest)))
                .quantity(.duration, "warmup", in: ScenarioLimits.warmupNanoseconds)
    }

    /// - Parameters: as the properties.
    init(nanoseconds: Int64, isAutomatic: Bool) {
        self.nanoseconds = nanoseconds
        self.isAutomatic = isAutomatic
    }

    /// As scenarios spell it.
    var text: String {
        let duration = ScenarioUnit.duration.text(nanoseconds)
        return isAutomatic ? "\(Self.word) \(duration)" : duration
    }
}
