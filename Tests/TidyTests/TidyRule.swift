// The rules of the source tree, and the list of those in force.

import Testing

/// A rule that a machine can check by reading the tree.
protocol TidyRule: Sendable, CustomTestStringConvertible {
    /// A short name in kebab case; the allow-list refers to it.
    var name: String { get }
    /// Every breach of the rule in the tree.
    func findings(in tree: SourceTree) -> [Finding]
}

extension TidyRule {
    var testDescription: String { name }
}

/// The rules in force.
enum TidyRules {
    static let all: [any TidyRule] = [
        FileLengthRule(), LineLengthRule(), FunctionLengthRule(), PurposeCommentRule(),
        ImportRule(), BannedCallRule(), EmptyCatchRule(), LeftoverWordRule(), SafetyCommentRule(),
        NameSuffixRule(), UniqueFileNameRule(), TopLevelRule(), DecisionRecordRule(), ScriptRule(),
        TestSleepRule(),
    ]
}
