// What one micro-benchmark is.

/// A named loop whose cost per round is measured.
struct MicroBenchmark {
    /// Runs `operationCount` operations and returns a hash of their results, which keeps the
    /// compiler from removing the work and shows when the work changed. The hash must depend on
    /// the number of operations and on nothing else.
    typealias Body = (_ operationCount: Int) -> UInt64

    /// `subject/variant/size`, unique in the list.
    let name: String
    /// Sets up what the body needs, outside the measured time; called once.
    let makeBody: () -> Body
    /// For what makes something smaller: bytes afterwards over bytes before; called once.
    let share: (() -> Double)?

    /// A benchmark with something to set up.
    init(
        _ name: String, setUp makeBody: @escaping () -> Body, share: (() -> Double)? = nil
    ) {
        self.name = name
        self.makeBody = makeBody
        self.share = share
    }

    /// A benchmark that needs nothing.
    init(_ name: String, body: @escaping Body) {
        self.init(name, setUp: { body })
    }
}

/// Folds results into one word (FNV-1a, a word at a time).
struct ResultHash {
    private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

    mutating func fold(_ word: UInt64) { value = (value ^ word) &* 0x100_0000_01b3 }
}
