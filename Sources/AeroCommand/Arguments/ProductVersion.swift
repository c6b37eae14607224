// The version of everything in this package.

/// The version that `--version` prints and results carry.
package enum ProductVersion {
    /// Semantic version; raised by a release.
    package static let text = "0.1.0"
}
