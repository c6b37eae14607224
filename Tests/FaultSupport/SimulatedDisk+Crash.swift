// What is left of a simulated disk when the process dies, or the power fails.

package import TestSupport

/// How thoroughly the states after a crash were tried.
package struct CrashCoverage: Sendable, Equatable {
    /// Different states that were visited.
    package let stateCount: Int
    /// There are no others.
    package let isExhaustive: Bool
}

extension SimulatedDisk {
    /// What the next process finds after this one has died: everything that was written, in the
    /// kernel's hands still. What a failed synchronization lost is no more durable than before,
    /// though it can be read.
    package func afterKill() -> SimulatedDisk { SimulatedDisk(image.closed()) }

    /// What is found when a power loss took all that was not synchronized.
    package func synchronizedState() -> SimulatedDisk {
        SimulatedDisk(CrashPlan(image).image { _ in false })
    }

    /// One state that a power loss may leave.
    package func crashState(using random: inout SplitMix64) -> SimulatedDisk {
        let plan = CrashPlan(image)
        let atoms = plan.randomChoice(using: &random)
        return SimulatedDisk(plan.image { atoms[$0] })
    }

    /// Visits the different states that a power loss may leave: all of them when they are no more
    /// than `limit`. Else those that are most like accidents (nothing, everything, every point in
    /// time, every single change lost or alone), then random ones.
    /// - Parameters:
    ///   - limit: Visit at most so many.
    ///   - seed: Where the choice begins when it isn't exhaustive.
    ///   - visit: Gets a disk that nobody else has.
    package func enumerateCrashStates<Failure: Error>(
        limit: Int, seed: UInt64 = 0, _ visit: (SimulatedDisk) throws(Failure) -> Void
    ) throws(Failure) -> CrashCoverage {
        let image = image
        var seen: Set<UInt64> = []
        if let states = CrashProduct(image, limit: limit) {
            var index = 0
            // BOUND: `limit`.
            while let state = states.image(index) {
                index += 1
                guard seen.insert(state.hash).inserted else { continue }
                try visit(SimulatedDisk(state))
            }
            return CrashCoverage(stateCount: seen.count, isExhaustive: true)
        }
        let plan = CrashPlan(image)
        var random = SplitMix64(seed: seed)
        // Half of the states, at least, are random ones.
        var choices = plan.corners
        if choices.count > limit / 2 {
            choices.shuffle(using: &random)
            choices.removeLast(choices.count - limit / 2)
        }
        // BOUND: `limit` states, or as many tries in a row that gave none.
        var failureCount = 0
        while seen.count < limit && failureCount < limit {
            let choice = choices.popLast() ?? plan.randomChoice(using: &random)
            let state = plan.image { choice[$0] }
            guard seen.insert(state.hash).inserted else {
                failureCount += 1
                continue
            }
            failureCount = 0
            try visit(SimulatedDisk(state))
        }
        return CrashCoverage(stateCount: seen.count, isExhaustive: false)
    }

    /// A hash of what is durable for certain: the same for the same history in any process.
    package var durableHash: UInt64 { CrashPlan(image).image { _ in false }.hash }

    /// A hash of what a process sees.
    package var visibleHash: UInt64 { image.hash }

    /// Changes that a power loss may take: sectors, lengths and names.
    package var uncertainChangeCount: Int { CrashPlan(image).atoms.count }

    /// What a process sees, a line per name: for the messages of failed tests.
    package var listing: String {
        image.tree.walk().map { path, node in
            image.files[node].map { "\(path) \($0.bytes.count)" } ?? "\(path)/"
        }.joined(separator: "\n")
    }
}
