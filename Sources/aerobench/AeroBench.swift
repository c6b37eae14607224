// Entry point of the load generator.

import AeroCommand

@main
struct AeroBench {
    static func main() async { await BenchProgram.main() }
}
