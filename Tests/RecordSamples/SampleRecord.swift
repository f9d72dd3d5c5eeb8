/// A SECCOMP record of which tests replace parts.
package enum SampleRecord {
  /// A payload with all fields except the security context. Each part can be replaced.
  package static func payload(
    head: String = "audit(1715847187.650:21196375):", pid: String = "pid=3723190",
    comm: String = #"comm="redis-server""#, exe: String = #"exe="/usr/local/bin/redis-server""#,
    subject: String = "", sig: String = "sig=0", arch: String = "arch=c000003e",
    syscall: String = "syscall=39", code: String = "code=0x7ffc0000"
  ) -> String {
    "\(head) auid=1000 uid=1 gid=2 ses=3\(subject) \(pid) \(comm) \(exe) \(sig) \(arch) \(syscall) "
      + "compat=0 ip=0x7fec529f1829 \(code)"
  }
}
