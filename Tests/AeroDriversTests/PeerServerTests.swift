// Servers of other brokers: started on a free port, ended with their run.

import AeroDrivers
import AeroIO
import AeroLoad
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(3)))
struct PeerServerTests {
    @Test func aProgramThatIsNotInstalledNamesItsPackage() throws {
        let folder = try TemporaryFolder()
        let error = #expect(throws: DriverError.self) {
            _ = try PeerServer.start(directory: folder.path) { _ in
                PeerServerPlan(
                    programs: ["/nowhere/mosquitto"], debianPackage: "mosquitto", arguments: [],
                    logName: "log")
            }
        }
        #expect(error?.cause.contains("apt-get install mosquitto") == true)
    }

    @Test func aServerThatEndsAtOnceIsQuotedFromItsLog() throws {
        let folder = try TemporaryFolder()
        let error = #expect(throws: DriverError.self) {
            _ = try PeerServer.start(directory: folder.path) { _ in
                PeerServerPlan(
                    programs: ["/bin/sh"], debianPackage: "dash",
                    arguments: ["-c", "echo no such option > log; exit 3"], logName: "log")
            }
        }
        #expect(error?.cause.contains("code 3") == true)
        #expect(error?.cause.contains("no such option") == true)
    }

    @Test func aServerListensUntilItIsStopped() throws {
        let folder = try TemporaryFolder()
        var server = try PeerServer.start(directory: folder.path) { address in
            PeerServerPlan(
                programs: ["/usr/bin/python3"], debianPackage: "python3",
                arguments: ["-m", "http.server", "--bind", "127.0.0.1", "\(address.port)"],
                logName: "log")
        }
        #expect(server.address.isLoopback)
        try TCPConnection.reach(server.address, withinNanoseconds: 1_000_000_000)
        try server.stop()
        #expect(throws: Errno.connectionRefused) {
            try TCPConnection.reach(server.address, withinNanoseconds: 1_000_000_000)
        }
    }
}
