// `aerobench run` against the servers of other brokers, as built.

import Foundation
import TestSupport
import Testing

/// The other brokers that the built `aerobench` can load.
private enum BuiltPeers {
    static let all = ["kafka", "rabbitmq", "nats", "jetstream", "redis", "mqtt"]

    /// Those that its help does not mark as left out.
    static let names: [String] = {
        do {
            let help = try Executables.run("aerobench", ["run", "--help"])
                .output.joined(separator: " ")
            return all.filter { !help.contains("\($0) (not in this build)") }
        } catch {
            return all  // What is wrong with the executable, every test then says.
        }
    }()
}

@Suite(.timeLimit(.minutes(30)), .serialized)
struct PeerRunTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test(arguments: BuiltPeers.names)
    func aRunStartsTheServerAndSaysWhatItPromised(driver: String) throws {
        let path = folder.file("\(driver).json")
        let finished = try BenchRun.run(
            ["--driver", driver, "--data", folder.path] + BenchRun.unhurried, to: path)
        #expect(finished.code == 0, "\(finished.transcript)")
        let result = try ResultFile(path)
        #expect(result.ledger("lost") == 0 && result.ledger("duplicated") == 0)
        let record = try #require(result.json["driver"] as? [String: Any])
        #expect(record["name"] as? String == driver)
        #expect(record["isEmbedded"] as? Bool == true)
        let classes = try #require(result.json["classes"] as? [[String: Any]])
        let promise = try #require(classes[0]["promise"] as? [String: Any])
        #expect(promise["acknowledgement"] as? String != "")
        #expect(finished.output.contains { $0.hasPrefix("  promise ") })
        let broker = try #require(result.json["broker"] as? [String: Any])
        let resources = try #require(broker["resources"] as? [String: Any])
        #expect((resources["residentBytesPeak"] as? Int ?? 0) > 0)
        // The server is gone, and so is its directory.
        let pid = try #require(broker["pid"] as? Int)
        #expect(!FileManager.default.fileExists(atPath: "/proc/\(pid)"))
        let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(left == ["\(driver).json"])
    }

    @Test(arguments: BuiltPeers.names)
    func aServerThatIsNotThereIsOneLine(driver: String) throws {
        let path = folder.file("none.json")
        let finished = try BenchRun.run(
            ["--driver", driver, "--endpoint", "127.0.0.1:1"] + BenchRun.unhurried, to: path)
        #expect(finished.code == 5, "\(finished.transcript)")
        #expect(finished.errors.contains { $0.hasPrefix("aerobench: cannot ") })
        #expect(try !ResultFile(path).isValid)
    }
}

/// A real Redis that asks for a password.
@Suite(
    .timeLimit(.minutes(20)), .serialized,
    .enabled(if: BuiltPeers.names.contains("redis"), "this build has no driver of redis"))
struct PeerSecretTests {
    private let folder: TemporaryFolder
    private let server: GuardedRedis

    init() throws {
        folder = try TemporaryFolder()
        server = try GuardedRedis(password: Self.secret)
    }

    private static let secret = "geheim-1f9c"

    private func run(
        _ words: String, to path: String, password: String? = nil
    ) throws -> Finished {
        let variable = password.map { "AEROBENCH_PASSWORD=\($0) " } ?? ""
        let load = BenchRun.unhurried.map { "'\($0)'" }.joined(separator: " ")
        return try Executables.shell(
            "\(variable)$BIN/aerobench run smoke --driver redis --endpoint \(server.address) "
                + "--broker-pid \(server.processIdentifier) --out \(path) \(words) \(load)")
    }

    private func expectNoSecret(_ finished: Finished, _ path: String, _ secret: String) throws {
        #expect(!finished.transcript.contains(secret))
        #expect(try !String(contentsOfFile: path, encoding: .utf8).contains(secret))
    }

    @Test(arguments: ["file", "environment", "processes"])
    func whoKnowsThePasswordIsLetIn(how: String) throws {
        let file = folder.file("password")
        try Data("\(Self.secret)\n".utf8).write(to: URL(fileURLWithPath: file))
        let path = folder.file("in.json")
        let finished =
            switch how {
            case "file": try run("--password-file \(file)", to: path)
            case "environment": try run("", to: path, password: Self.secret)
            default: try run("--processes 2 --password-file \(file)", to: path)
            }
        #expect(finished.code == 0, "\(finished.transcript)")
        try expectNoSecret(finished, path, Self.secret)
        let broker = try #require(try ResultFile(path).json["broker"] as? [String: Any])
        #expect(broker["pid"] as? Int == Int(server.processIdentifier))
        #expect(broker["resources"] != nil)
    }

    @Test func whoDoesNotIsToldSoWithoutTheSecret() throws {
        let path = folder.file("out.json")
        let finished = try run("--user bench", to: path, password: "falsch-77aa")
        #expect(finished.code == 5, "\(finished.transcript)")
        try expectNoSecret(finished, path, "falsch-77aa")
    }
}
