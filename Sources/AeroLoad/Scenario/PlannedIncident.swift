// Something that is done to a run on purpose, and when.

/// One incident of a scenario.
package struct PlannedIncident: Sendable, Equatable {
    /// What is done.
    package let kind: Kind
    /// From the start of the measured window.
    package let atNanoseconds: Int64
    /// How long it lasts; a broker that is started again takes its own time on top.
    package let lengthNanoseconds: Int64

    /// What is done.
    package enum Kind: Sendable, Equatable {
        /// The broker's process is stopped by SIGSTOP, and goes on.
        case pause
        /// It is killed by SIGKILL, and started again on the same directory and port.
        case kill
        /// This share of the connections is cut, and again whenever they are back.
        case disconnect(shareBillionths: Int64)
        /// Consumers need so much longer for each message; of one class, or of all.
        case slowConsumer(className: String?, delayNanoseconds: Int64)
        /// Consumers take nothing, so that a backlog is built; of one class, or of all.
        case backlog(className: String?)
        /// Each write and each sync of the broker takes so much longer.
        case diskDelay(nanoseconds: Int64)
    }

    /// How kinds are spelled in scenarios and results.
    package enum Name: String, CaseIterable, Sendable {
        case pause, kill, disconnect, backlog
        case slowConsumer = "slow-consumer"
        case diskDelay = "disk-delay"
    }

    /// How the kind is spelled.
    package var name: Name {
        switch kind {
        case .pause: .pause
        case .kill: .kill
        case .disconnect: .disconnect
        case .slowConsumer: .slowConsumer
        case .backlog: .backlog
        case .diskDelay: .diskDelay
        }
    }

    /// When it is over, from the start of the measured window.
    package var endNanoseconds: Int64 { atNanoseconds + lengthNanoseconds }

    /// Whether it is done to the broker's process, which the run has to have started then.
    package var isDoneToProcess: Bool {
        switch kind {
        case .pause, .kill, .diskDelay: true
        case .disconnect, .slowConsumer, .backlog: false
        }
    }

    /// Whether it is played by consumers, and of which class: nil for all.
    package var consumers: (arePlaying: Bool, className: String?) {
        switch kind {
        case .slowConsumer(let className, _), .backlog(let className): (true, className)
        case .pause, .kill, .disconnect, .diskDelay: (false, nil)
        }
    }

    /// Whether consumers of a class take part in it.
    func isPlayed(byClass name: String) -> Bool {
        let (arePlaying, className) = consumers
        return arePlaying && className ?? name == name
    }

    /// As scenarios spell it: `KIND@AT:LENGTH`, and options behind further colons.
    package var text: String {
        let times = [atNanoseconds, lengthNanoseconds].map(ScenarioUnit.duration.text)
        return "\(name.rawValue)@" + (times + options).joined(separator: ":")
    }

    private var options: [String] {
        switch kind {
        case .pause, .kill: return []
        case .disconnect(let share):
            return share == 1_000_000_000 ? [] : ["share=\(ScenarioUnit.share.text(share))"]
        case .slowConsumer(let className, let delay):
            let name = className.map { ["class=\($0)"] } ?? []
            return name + ["delay=\(ScenarioUnit.duration.text(delay))"]
        case .backlog(let className): return className.map { ["class=\($0)"] } ?? []
        case .diskDelay(let delay): return ["delay=\(ScenarioUnit.duration.text(delay))"]
        }
    }
}
