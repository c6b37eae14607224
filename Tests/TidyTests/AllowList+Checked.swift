// The one allow-list: every exception to the rules of the tree, with its reason.

extension AllowList {
    /// The exceptions in force. A ceiling may be lowered, never raised.
    static let checked = AllowList(entries: [])
}
