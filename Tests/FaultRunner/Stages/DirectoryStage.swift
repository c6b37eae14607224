// Starts the broker on directories that somebody has been at.

import AeroIO
import FaultSupport
import Glibc

/// Tries each `DirectoryCase` once, and a second broker on a directory in use.
struct DirectoryStage {
    /// What was tried.
    struct Result {
        var caseCount = 0
        var readyNanoseconds: [Int64] = []
        var findings: [String] = []
    }

    let program: String
    /// Made anew, and removed when nothing was found.
    let folder: String

    private let disk = SystemDisk()
    private static let messageCount = 200
    private static let startSeconds: Int64 = 20

    private var sound: String { folder + "/sound" }
    private var data: String { folder + "/data" }

    init(program: String, folder: String) {
        self.program = program
        self.folder = folder
    }

    /// Tries everything.
    func run() throws -> Result {
        var result = Result()
        try disk.removeTreeIfThere(folder)
        try disk.createDirectory(folder)
        try makeSound(&result)
        for each in DirectoryCase.all {
            result.caseCount += 1
            do { try play(each, &result) } catch {
                result.findings.append("\(each.name): \(error)")
            }
        }
        if result.findings.isEmpty { try disk.removeTree(folder) }
        return result
    }

    private func makeBroker(on path: String) -> BrokerUnderTest {
        BrokerUnderTest(
            .init(program: program, directory: path, errorPath: folder + "/broker.stderr"))
    }

    /// A directory with two topics, and a rival for it.
    private func makeSound(_ result: inout Result) throws {
        let broker = makeBroker(on: sound)
        try broker.start()
        for topic in ["hurt", "whole"] {
            for words in [
                "\"$1\" topic create \(topic) --endpoint \"$2\"",
                "seq 1 \(Self.messageCount) | \"$1\" produce \(topic) --endpoint \"$2\"",
            ] {
                let run = try ProgramRun("/bin/sh", ["-c", words, "sh", program, broker.address])
                guard run.status == .exited(code: 0) else {
                    throw BrokerFailure(description: "\(words) came to \(run.transcript)")
                }
            }
        }
        result.caseCount += 1
        try broker.startSecond()
        try broker.stop()
        result.readyNanoseconds += broker.readyNanoseconds
    }

    private func play(_ each: DirectoryCase, _ result: inout Result) throws {
        try disk.removeTreeIfThere(data)
        if each.isSound { try disk.copyTree(sound, to: data) }
        try each.prepare(data, disk)
        let findings =
            switch each.outcome {
            case .refused: try playRefused(each)
            case .servedInPart, .served: try playServed(each, &result)
            }
        result.findings += findings.map { "\(each.name): \($0)" }
    }

    // MARK: - Refused

    private func playRefused(_ each: DirectoryCase) throws -> [String] {
        let before = try files(of: data)
        let run = try ProgramRun(
            program, ["serve", "--listen", "127.0.0.1:0", "--data", data],
            environment: each.faults.isEmpty ? nil : try FaultShim.environment(each.faults),
            seconds: Self.startSeconds)
        var findings: [String] = []
        if run.status != .exited(code: 1) || !run.output.isEmpty {
            findings.append("it came to \(run.transcript)")
        }
        for word in each.words where !run.errors.contains(word) {
            findings.append("\"\(word)\" is missing: \(run.transcript)")
        }
        let after = try files(of: data)
        // A new directory may have been begun before there was no room left.
        if after != before, each.isSound || !before.isEmpty {
            findings.append("it changed what it does not serve")
        }
        return findings
    }

    // MARK: - Served

    private func playServed(
        _ each: DirectoryCase, _ result: inout Result
    ) throws -> [String] {
        let hurt = try files(of: data + "/topics/hurt.1")
        let broker = makeBroker(on: data)
        let said = broker.lastWords.utf8.count
        try broker.start()
        var findings = try look("whole", at: broker.address, isServed: true)
        findings += try look("hurt", at: broker.address, isServed: each.outcome == .served)
        try broker.stop()
        result.readyNanoseconds += broker.readyNanoseconds
        let words = broker.lastWords
        for word in each.words where !words.contains(word) {
            findings.append("\"\(word)\" is missing, after \(said) bytes: \(words)")
        }
        if each.outcome == .servedInPart, try files(of: data + "/topics/hurt.1") != hurt {
            findings.append("it changed what it does not serve")
        }
        return findings
    }

    private func look(
        _ topic: String, at address: String, isServed: Bool
    ) throws -> [String] {
        let run = try ProgramRun(
            program, ["consume", topic, "--count", "\(Self.messageCount)", "--endpoint", address])
        if isServed {
            let lines = (1...Self.messageCount).map { "\($0)" }.joined(separator: "\n")
            return run.status == .exited(code: 0) && run.output == lines
                ? [] : ["\(topic) came to \(run.transcript)"]
        }
        return run.status == .exited(code: 1) && run.output.isEmpty
            && run.errors.contains("damaged") ? [] : ["\(topic) came to \(run.transcript)"]
    }

    // MARK: - Files

    /// Everything in a directory but the lock, which each start may make.
    private func files(of path: String) throws(Errno) -> [String: [UInt8]] {
        let entries: [DiskEntry]
        do throws(Errno) { entries = try disk.entries(of: path) } catch .noSuchFile {
            return [:]
        } catch .notDirectory {
            return [path: try disk.readFile(path, limit: 1 << 20)]
        }
        var all: [String: [UInt8]] = [:]
        for entry in entries where entry.name != "lock" {
            let inner = path + "/" + entry.name
            switch entry.kind {
            case .directory:
                all[inner] = []
                all.merge(try files(of: inner)) { $1 }
            case .file, .other: all[inner] = try disk.readFile(inner, limit: 1 << 20)
            }
        }
        return all
    }
}
