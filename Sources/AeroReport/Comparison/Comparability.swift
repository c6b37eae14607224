// Whether two runs may be compared at all.

/// A difference between the circumstances of two runs.
package struct RunDifference: Codable, Equatable, Sendable {
    /// What differs, as an allow list names it: `kernel`, `scenario-parameters.duration`.
    package var field: String
    /// The baseline's value.
    package var baseline: String
    /// The candidate's value.
    package var candidate: String
    /// Whether it forbids comparing; otherwise it is only worth knowing.
    package var isBlocking: Bool

    /// One sentence for a human, without a full stop.
    package var text: String {
        let text = "\(field) differs: \(baseline) in the baseline, \(candidate) in the candidate"
        let isPromise = field.hasPrefix(ComparableField.promise.rawValue + ".")
        return isPromise ? text + ", so the two are not at equal promises" : text
    }
}

/// Fields of `RunDifference` that forbid comparing, unless a policy allows them.
package enum ComparableField: String, Sendable, CaseIterable {
    /// Processor model and instruction set.
    case cpuModel = "cpu-model"
    /// Online cores, usable cores and the control group's quota.
    case coreCount = "core-count"
    /// Major and minor version of the kernel.
    case kernel
    /// The system under load.
    case driver
    /// What an acknowledgement promised.
    case promise
    /// Release against debug.
    case build
    /// A parameter of the scenario that changes the load.
    case parameters = "scenario-parameters"
}

/// Finds the differences of two runs.
enum Comparability {
    /// All differences, blocking ones first.
    static func differences(
        _ baseline: ResultDocument, _ candidate: ResultDocument
    ) -> [RunDifference] {
        var list = DifferenceList()
        environment(baseline, candidate, &list)
        list.add(.driver, baseline.driver.name, candidate.driver.name)
        promises(baseline, candidate, &list)
        list.add(.build, baseline.tool.build, candidate.tool.build)
        parameters(baseline, candidate, &list)
        notes(baseline, candidate, &list)
        return list.blocking + list.informative
    }

    /// Differences between the first baseline run and every other run of both groups, each once.
    static func differences(_ match: RunMatch) -> [RunDifference] {
        let first = match.baseline.runs[0]
        var all: [RunDifference] = []
        for other in match.baseline.runs.dropFirst() + match.candidate.runs {
            for difference in differences(first, other) where !all.contains(difference) {
                all.append(difference)
            }
        }
        return all.filter(\.isBlocking) + all.filter { !$0.isBlocking }
    }

    private static func environment(
        _ baseline: ResultDocument, _ candidate: ResultDocument, _ list: inout DifferenceList
    ) {
        let left = baseline.environment
        let right = candidate.environment
        func model(_ record: ProcessorRecord) -> String {
            "\(record.model), \(record.architecture)"
        }
        func cores(_ record: EnvironmentRecord) -> String {
            let counts =
                "\(record.processor.usableCores.count) of \(record.processor.onlineCoreCount)"
            return record.host.processorQuota.map { "\(counts), quota \($0)" } ?? counts
        }
        list.add(.cpuModel, model(left.processor), model(right.processor))
        list.add(.coreCount, cores(left), cores(right))
        list.add(
            .kernel, majorMinor(left.system.kernel), majorMinor(right.system.kernel))
    }

    /// Classes of both runs for which both targets promised something.
    private static func promises(
        _ baseline: ResultDocument, _ candidate: ResultDocument, _ list: inout DifferenceList
    ) {
        for entry in baseline.classes {
            guard let left = entry.promise,
                let right = candidate.classes.first(where: { $0.name == entry.name })?.promise
            else { continue }
            list.add(.promise, left.level, right.level, path: entry.name)
            list.note("acknowledgement.\(entry.name)", left.acknowledgement, right.acknowledgement)
        }
    }

    private static func parameters(
        _ baseline: ResultDocument, _ candidate: ResultDocument, _ list: inout DifferenceList
    ) {
        var left = ParameterTree.leaves(baseline.scenario.parameters)
        var right = ParameterTree.leaves(candidate.scenario.parameters)
        ParameterTree.fillIn(&left, like: right)
        ParameterTree.fillIn(&right, like: left)
        for path in Set(left.keys).union(right.keys).sorted() where left[path] != right[path] {
            list.add(
                .parameters, left[path].map(\.description) ?? "(absent)",
                right[path].map(\.description) ?? "(absent)", path: path)
        }
    }

    private static func notes(
        _ baseline: ResultDocument, _ candidate: ResultDocument, _ list: inout DifferenceList
    ) {
        let left = baseline.environment
        let right = candidate.environment
        list.note("kernel-release", left.system.kernel, right.system.kernel)
        list.note("distribution", left.system.distribution, right.system.distribution)
        list.note("libc", left.system.libc, right.system.libc)
        list.note("swift", left.system.swift, right.system.swift)
        list.note("governor", left.processor.governor, right.processor.governor)
        list.note("boost", left.processor.isBoostEnabled, right.processor.isBoostEnabled)
        list.note("memory", left.memory.totalBytes, right.memory.totalBytes)
        list.note("clock-source", left.system.clockSource, right.system.clockSource)
        list.note("hypervisor", left.host.hypervisor, right.host.hypervisor)
        list.note("container", left.host.container, right.host.container)
        list.note(
            "generator-cores", left.placement?.generatorCores, right.placement?.generatorCores)
        list.note("broker-cores", left.placement?.brokerCores, right.placement?.brokerCores)
        list.note("driver-version", baseline.driver.version, candidate.driver.version)
        list.note("tool-version", baseline.tool.version, candidate.tool.version)
        list.note("tool-commit", baseline.tool.commit, candidate.tool.commit)
        list.note("seed", baseline.scenario.seed, candidate.scenario.seed)
        let vulnerabilities = Set(left.processor.mitigations.keys)
            .union(right.processor.mitigations.keys)
        for name in vulnerabilities.sorted() {
            list.note(
                "mitigation.\(name)", left.processor.mitigations[name],
                right.processor.mitigations[name])
        }
    }

    /// `6.1` of `6.1.0-18-amd64`.
    static func majorMinor(_ kernel: String) -> String {
        let parts = kernel.split(separator: ".", omittingEmptySubsequences: false).prefix(2)
        return parts.map { part in
            let digits = part.prefix { $0.isASCII && $0.isNumber }
            return digits.isEmpty ? String(part) : String(digits)
        }.joined(separator: ".")
    }
}

/// Collects differences; equal values leave no trace.
private struct DifferenceList {
    var blocking: [RunDifference] = []
    var informative: [RunDifference] = []

    mutating func add(
        _ field: ComparableField, _ baseline: String, _ candidate: String, path: String? = nil
    ) {
        if baseline == candidate { return }
        let name = path.map { "\(field.rawValue).\($0)" } ?? field.rawValue
        blocking.append(
            RunDifference(
                field: name, baseline: baseline, candidate: candidate, isBlocking: true))
    }

    mutating func note<Value: Equatable>(
        _ field: String, _ baseline: Value?, _ candidate: Value?
    ) {
        if baseline == candidate { return }
        informative.append(
            RunDifference(
                field: field, baseline: baseline.map { "\($0)" } ?? "(unknown)",
                candidate: candidate.map { "\($0)" } ?? "(unknown)", isBlocking: false))
    }
}
