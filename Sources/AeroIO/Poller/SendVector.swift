// The element of a gathering send.

package import Glibc

/// One block of bytes of a send: the kernel's `iovec`, so arrays of it need no translation.
///
/// Named here once, since several C modules define `iovec` and the compiler may take any of them
/// for its owner when it checks a file's imports.
package typealias SendVector = iovec
