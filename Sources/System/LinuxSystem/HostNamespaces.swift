internal import Glibc

/// How the namespaces of this program, and of the /proc that it was given, relate to those that the kernel's records are about.
package struct HostNamespaces: Sendable {
  let procRoot: String

  package init(procRoot: String) { self.procRoot = procRoot }

  /// Whether audit's multicast reaches this program, which it does in the initial network namespace only, although the group can be
  /// joined in any. nil if that cannot be seen.
  package var receivesMulticast: Bool? {
    if let isInitial = KernelNamespace.isNetworkInitial { return isInitial }
    guard showsProcessesOfRecords == true, let own = KernelNamespace.network.name(),
      let initial = KernelNamespace.network.name(of: "1", procRoot: procRoot)
    else { return nil }
    return own == initial
  }

  /// Whether /proc shows processes by the IDs that records have, those of the initial PID namespace. nil if that cannot be seen.
  package var showsProcessesOfRecords: Bool? {
    // Which namespace it shows is that of its first process, which may not be asked everywhere.
    if let isInitial = KernelNamespace.process.isInitial(of: "1", procRoot: procRoot) { return isInitial }
    // It shows our own if it knows us by the ID that we have there; else one above, which need not be the initial one.
    return ownID == getpid() ? KernelNamespace.process.isInitial() : nil
  }

  /// The ID that this process has in the namespace that /proc shows.
  private var ownID: Int32? {
    (try? SmallFile.read("\(procRoot)/self/stat"))?.split(separator: " ").first.flatMap { Int32($0) }
  }
}
