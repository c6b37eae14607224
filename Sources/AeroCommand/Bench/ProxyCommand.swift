// `aerobench proxy`: a broker made slower by a known amount.

import AeroDrivers
import AeroIO

/// What a proxy is told, as options and back as words.
struct ProxyOptions: Equatable, Sendable {
    var settings = ProxySettings()

    init(_ settings: ProxySettings = ProxySettings()) { self.settings = settings }

    /// Reads the options of `aerobench proxy`.
    init(_ arguments: ParsedArguments) throws(CommandError) {
        for (name, isRandom) in [("--hold", true), ("--stall", false)] {
            guard let text = arguments.text(name) else { continue }
            guard let schedule = Self.schedule(text, isRandom: isRandom) else {
                throw arguments.wrong(
                    name, "\"\(text)\" is not LENGTH/PERIOD, the period longer, as in 60ms/4s")
            }
            settings.holds.append(schedule)
        }
        settings.bytesPerSecondMax = try arguments.byteCount("--bandwidth", in: 1_000...(1 << 40))
        let seed = try arguments.integer("--seed", in: 0...Int.max) ?? 1
        settings.seed = UInt64(seed)
    }

    /// Reads `LENGTH/PERIOD`.
    static func schedule(_ text: String, isRandom: Bool) -> HoldSchedule? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        let times = parts.compactMap { QuantityText.parse(String($0), QuantityText.timeUnits) }
        guard parts.count == 2, times.count == 2, 0 < times[0], times[0] < times[1],
            times[1] <= 3_600_000_000_000
        else { return nil }
        return HoldSchedule(
            lengthNanoseconds: Int64(times[0]), periodNanoseconds: Int64(times[1]),
            isRandom: isRandom)
    }

    /// The words of a command line that has these options.
    var words: [String] {
        var words: [String] = []
        for hold in settings.holds {
            words.append(hold.isRandom ? "--hold" : "--stall")
            words.append("\(hold.lengthNanoseconds)ns/\(hold.periodNanoseconds)ns")
        }
        if let bytes = settings.bytesPerSecondMax { words += ["--bandwidth", "\(bytes)B"] }
        return words + ["--seed", "\(settings.seed)"]
    }
}

enum ProxyCommand {
    static let subcommand = Subcommand(
        CommandSpecification(
            "proxy", summary: "Stand in front of a broker and make it slower by a known amount",
            options: [
                OptionSpecification("--to", "HOST:PORT", "the broker; needed"),
                OptionSpecification("--listen", "HOST:PORT", "default 127.0.0.1:0, a free port"),
                OptionSpecification(
                    "--stall", "LENGTH/PERIOD",
                    "nothing goes to clients for that long, once in every period"),
                OptionSpecification(
                    "--hold", "LENGTH/PERIOD",
                    "the same at random moments, once a period on average"),
                OptionSpecification(
                    "--bandwidth", "SIZE", "at most so many bytes a second go to the broker"),
                OptionSpecification("--seed", "N", "draws the random moments; default 1"),
                OptionSpecification(
                    "--attached",
                    "stop when standard input ends; leave Control-C to the starter"),
            ],
            remarks:
                "For trying out whether a gate notices: `aerobench selftest` starts it itself.\n"
                + "It costs some 20 to 50 us each way, so put one without --hold, --stall and\n"
                + "--bandwidth in front of what is compared with, too.",
            examples: ["aerobench proxy --to 127.0.0.1:9440 --stall 60ms/4s"])
    ) { (arguments, console) throws(CommandError) in
        let options = try ProxyOptions(arguments)
        guard let target = try arguments.address("--to") else {
            throw .usage("--to is missing: name the broker's HOST:PORT")
        }
        let address = try arguments.address("--listen") ?? .loopback(port: 0)
        let stop = try StopRequest()
        let signals = try stop.onSignals()
        let running: (proxy: SlowProxy, acceptor: JoinHandle)
        do throws(Errno) {
            running = try SlowProxy.start(address, to: target, options.settings)
        } catch {
            throw .failed("cannot listen on \(address): \(error)")
        }
        if arguments.has("--attached") { try stop.onEndOfInput() }
        console.write("aerobench proxy listening on \(running.proxy.address)\n")
        withExtendedLifetime(signals) { stop.wait() }
        running.proxy.stop()
        running.acceptor.join()
        return .pass
    }
}
