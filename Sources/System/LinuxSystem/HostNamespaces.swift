internal import Glibc

/// How the namespaces of this program, and of the /proc that it reads, relate to the initial namespaces, to which the kernel's records
/// refer.
package struct HostNamespaces: Sendable {
  let procRoot: String

  package init(procRoot: String) { self.procRoot = procRoot }

  /// Whether this program receives audit's multicast. It does so only in the initial network namespace, although the group can be joined
  /// in any. nil if that is unknown.
  package var receivesMulticast: Bool? {
    if let isInitial = KernelNamespace.isNetworkInitial { return isInitial }
    guard showsProcessesOfRecords == true, let own = KernelNamespace.network.name(),
      let initial = KernelNamespace.network.name(of: "1", procRoot: procRoot)
    else { return nil }
    return own == initial
  }

  /// Whether /proc shows processes by the IDs that records have, which are those of the initial PID namespace. nil if that is unknown.
  package var showsProcessesOfRecords: Bool? {
    // The namespace of /proc is that of its first process, but reading that may not be permitted.
    if let isInitial = KernelNamespace.process.isInitial(of: "1", procRoot: procRoot) { return isInitial }
    // If /proc shows this process by its own ID, both have the same namespace. Otherwise /proc shows an outer one, which is not always
    // the initial one.
    return ownID == getpid() ? KernelNamespace.process.isInitial() : nil
  }

  /// This process's ID in the namespace that /proc shows; nil if it shows no such process.
  package var ownID: Int32? {
    (try? SmallFile.read("\(procRoot)/self/stat"))?.split(separator: " ").first.flatMap { Int32($0) }
  }
}
