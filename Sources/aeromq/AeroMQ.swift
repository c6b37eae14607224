// Entry point of the broker and its tools.

import AeroCommand

@main
struct AeroMQ {
    static func main() async { await BrokerProgram.main() }
}
