/// The text of a record. Each part can be replaced.
func payload(
  stamp: String = "1715847187.650:21196375", comm: String = #""redis-server""#,
  exe: String = #""/usr/local/bin/redis-server""#, subject: String = "", sig: String = "0",
  arch: String = "c000003e", syscall: String = "39", code: String = "0x7ffc0000"
) -> String {
  "audit(\(stamp)): auid=4294967295 uid=0 gid=0 ses=4294967295\(subject) pid=3723190 comm=\(comm) exe=\(exe) "
    + "sig=\(sig) arch=\(arch) syscall=\(syscall) compat=0 ip=0x7fec529f1829 code=\(code)"
}

/// Encodes text in hexadecimal digits, as the kernel does for text that it cannot quote.
func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
  bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }.joined()
}
