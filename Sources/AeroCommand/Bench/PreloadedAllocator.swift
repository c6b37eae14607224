// Where another allocator's library is.

/// Finds libraries that take the place of libc's `malloc`.
enum PreloadedAllocator {
    private static let name = "libjemalloc.so.2"
    private static let folders = [
        "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib",
        "/usr/local/lib",
    ]

    /// The path of jemalloc.
    ///
    /// - Throws: `.failed` with what to install.
    static func jemalloc() throws(CommandError) -> String {
        for folder in folders where InputFile.exists("\(folder)/\(name)") {
            return "\(folder)/\(name)"
        }
        throw .failed(
            "broker.malloc: there is no \(name); install it: apt-get install libjemalloc2")
    }
}
