// Listeners that rest after an accept failed.

/// Which listeners wait for descriptors or memory to become free, and until when.
///
/// Without the rest a listener out of descriptors would stay ready and spin its event loop.
struct AcceptRest {
    private var tokens: [Token] = []
    private var dueNanoseconds: Int64 = .max

    var isEmpty: Bool { tokens.isEmpty }

    /// True when `error` is about one connection that died in the queue: the next may be well.
    static func concernsOneConnection(_ error: Errno) -> Bool {
        error == .connectionAborted || error == .protocolError || error == .permissionDenied
    }

    /// Notes that the listener rests.
    mutating func add(_ token: Token, untilNanoseconds deadline: Int64) {
        tokens.append(token)
        dueNanoseconds = min(dueNanoseconds, deadline)
    }

    /// Ends all rests at the next `takeDue`: something was freed.
    mutating func expire() {
        if !tokens.isEmpty { dueNanoseconds = .min }
    }

    /// The listeners to try again now; empty before the time.
    mutating func takeDue(nowNanoseconds: Int64) -> [Token] {
        guard !tokens.isEmpty, nowNanoseconds >= dueNanoseconds else { return [] }
        defer {
            tokens.removeAll()
            dueNanoseconds = .max
        }
        return tokens
    }

    /// The timeout shortened to when `takeDue` has something.
    func shorten(_ timeoutNanoseconds: Int64, nowNanoseconds: Int64) -> Int64 {
        if tokens.isEmpty { return timeoutNanoseconds }
        let remaining = max(0, dueNanoseconds - nowNanoseconds)
        return timeoutNanoseconds < 0 ? remaining : min(timeoutNanoseconds, remaining)
    }
}
