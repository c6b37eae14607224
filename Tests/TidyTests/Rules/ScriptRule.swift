// Every script can be started, and stops at its first error.

/// Files directly in `scripts`; lists that scripts read end in `.txt`.
struct ScriptRule: TidyRule {
    let name = "script"

    /// The commands among the files of `scripts`.
    static func scripts(in tree: SourceTree) -> [TreeFile] {
        tree.files.filter {
            $0.path.hasPrefix("scripts/") && $0.path.split(separator: "/").count == 2
                && !$0.path.hasSuffix(".txt")
        }
    }

    func findings(in tree: SourceTree) -> [Finding] {
        Self.scripts(in: tree).flatMap { file in
            var found: [Finding] = []
            if !file.isExecutable {
                found.append(finding(file, "not executable", "Run `chmod +x` on it."))
            }
            if !file.line(1).hasPrefix("#!/usr/bin/env ") {
                found.append(
                    finding(file, "no interpreter", "Begin it with `#!/usr/bin/env bash`."))
            }
            let strict = "set -euo pipefail"
            let isBash = file.line(1).hasSuffix("bash")
            if isBash, file.offsets(of: strict, in: file.text).isEmpty {
                found.append(finding(file, "errors are ignored", "Add `\(strict)`."))
            }
            return found
        }
    }

    private func finding(_ file: TreeFile, _ what: String, _ remedy: String) -> Finding {
        Finding(rule: name, path: file.path, line: 1, what: what, remedy: remedy)
    }
}
