// All of a disk made durable, by somebody who does not wait for what others have to hear.

package import AeroIO

extension Disk {
    /// Makes everything on the file system that holds `path` durable, by a description of its own.
    package func synchronizeFileSystem(holding path: String) throws(Errno) {
        try openFileSystem(holding: path).synchronize()
    }
}
