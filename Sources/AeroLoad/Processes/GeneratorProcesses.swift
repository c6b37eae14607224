// Where the workers of a run are when they are not in this process.

package import AeroIO

/// How many processes make the load of a run, and how to start one.
@usableFromInline package struct GeneratorProcesses: Sendable {
    /// How many.
    package let count: Int
    /// The executable.
    let path: String
    /// Its arguments; those that tell one process from the other are added.
    let arguments: [String]
    /// The core for each worker of the run, by index; empty leaves it to the kernel.
    let cores: [Int]
    /// What all processes share: the coordination, and behind it the scenario's text.
    let memory: SharedMemory

    /// - Parameters:
    ///   - scenario: What is run.
    ///   - path: The executable.
    ///   - arguments: Of the subcommand that joins a run.
    ///   - cores: The core for each worker of the run; empty leaves it to the kernel.
    /// - Throws: When there is no memory to share.
    package init(
        _ scenario: Scenario, path: String, arguments: [String], cores: [Int]
    ) throws(Errno) {
        count = scenario.processCount
        self.path = path
        self.arguments = arguments
        self.cores = cores
        memory = try SharedScenario.place(scenario)
    }
}

/// A scenario's text in memory that processes share, behind the cells of their coordination.
package enum SharedScenario {
    private static let countOffset = RunCoordination.byteCount
    private static let textOffset = countOffset + MemoryLayout<Int>.stride

    static func place(_ scenario: Scenario) throws(Errno) -> SharedMemory {
        // JSON that reads back as an equal scenario, with files as the working directory has them:
        // that is the same for all processes, and this text is in no folder.
        let text = Array(scenario.tree(files: \.place).json.utf8)
        let memory = try SharedMemory(byteCount: textOffset + text.count)
        memory.start.storeBytes(of: text.count, toByteOffset: countOffset, as: Int.self)
        UnsafeMutableRawBufferPointer(start: memory.start + textOffset, count: text.count)
            .copyBytes(from: text)
        return memory
    }

    /// The scenario of a run that this process joins; nil when the memory holds none.
    ///
    /// - Throws: When the text is no scenario, which it was to the process that wrote it.
    package static func read(_ memory: SharedMemory) throws(ScenarioError) -> Scenario? {
        guard memory.byteCount > textOffset else { return nil }
        let count = memory.start.load(fromByteOffset: countOffset, as: Int.self)
        guard count > 0, count <= memory.byteCount - textOffset else { return nil }
        let text = UnsafeRawBufferPointer(start: memory.start + textOffset, count: count)
        return try Scenario.parse(Array(text), fileName: "the scenario of the run")
    }
}

extension LoadPlan {
    /// The workers of a process: neighbours, so that their numbers stay in order.
    ///
    /// - Parameters:
    ///   - process: From 0.
    ///   - count: Processes of the run, at most as many as workers.
    package func share(ofProcess process: Int, of count: Int) -> Range<Int> {
        let workers = assignments.count
        return process * workers / count..<(process + 1) * workers / count
    }
}
