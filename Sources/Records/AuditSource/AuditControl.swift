internal import Clibaudit
internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// The kernel's audit control socket, through libaudit: status, rules, and who gets the records.
///
/// Nothing here changes the kernel's audit state but `register()` and its undoing.
package struct AuditControl: ~Copyable {
  let fd: Int32

  /// What the kernel says of its audit system.
  // See: struct audit_status in linux/audit.h
  package struct Status: Sendable {
    /// 0 off, 1 on, 2 on and locked. SECCOMP records come at 0, too.
    package var enabled: UInt32
    /// The process that is sent the records (auditd), or 0.
    package var pid: UInt32
    /// Records a second that the kernel passes on, or 0 for no limit.
    package var rateLimit: UInt32
    /// Records that may wait in the kernel, and that do.
    package var backlogLimit: UInt32
    package var backlog: UInt32
    /// Records that the kernel lost, since boot.
    package var lost: UInt32
  }

  /// A field of a rule, such as `msgtype<1400`.
  package struct Comparison: Sendable {
    /// AUDIT_MSGTYPE and so on.
    package var field: UInt32
    /// AUDIT_EQUAL, AUDIT_LESS_THAN and so on.
    package var `operator`: UInt32
    package var value: UInt32

    package init(field: UInt32, operator: UInt32, value: UInt32) {
      self.field = field
      self.operator = `operator`
      self.value = value
    }
  }

  /// Opens the control socket. Asking it anything needs CAP_AUDIT_CONTROL.
  package init() throws(SourceError) {
    fd = audit_open()
    guard fd >= 0 else { throw .noAudit(.last) }
  }

  deinit { audit_close(fd) }

  /// Asks for the audit status, and waits so long for the answer.
  package func status(within milliseconds: Int32 = 2000) throws(SourceError) -> Status {
    let question = audit_request_status(fd)
    guard question > 0 else { throw Self.refused("ask for the audit status") }
    var status: Status?
    try unsafe replies("ask for the audit status", within: milliseconds) { reply in
      // Not an earlier one's answer, which came too late.
      guard unsafe reply.nlh.pointee.nlmsg_seq == UInt32(question) else { return true }
      guard unsafe reply.type == AUDIT_GET, let answer = unsafe reply.status else { return true }
      let pointee = unsafe answer.pointee
      status = Status(
        enabled: pointee.enabled, pid: pointee.pid, rateLimit: pointee.rate_limit,
        backlogLimit: pointee.backlog_limit, backlog: pointee.backlog, lost: pointee.lost)
      return false
    }
    guard let status else {
      throw SourceError("the kernel does not answer about audit", nil, remedy: "try again")
    }
    return status
  }

  /// The rules of the exclude list: a record that meets all comparisons of one is dropped in the kernel, uncounted.
  package func excludeRules() throws(SourceError) -> [[Comparison]] {
    guard audit_request_rules_list_data(fd) > 0 else { throw Self.refused("list the audit rules") }
    var rules: [[Comparison]] = []
    try unsafe replies("list the audit rules") { reply in
      if unsafe reply.type == NLMSG_DONE { return false }
      guard unsafe reply.type == AUDIT_LIST_RULES, let data = unsafe reply.ruledata else { return true }
      // The lists are C arrays of 64, of which field_count are filled.
      guard unsafe data.pointee.flags == UInt32(AUDIT_FILTER_EXCLUDE) else { return true }
      let count = min(Int(unsafe data.pointee.field_count), 64)
      rules.append(
        unsafe withUnsafeBytes(of: data.pointee.fields) { fields in
          unsafe withUnsafeBytes(of: data.pointee.values) { values in
            unsafe withUnsafeBytes(of: data.pointee.fieldflags) { operators in
              (0..<count).map { index in
                unsafe Comparison(
                  field: fields.load(fromByteOffset: index * 4, as: UInt32.self),
                  operator: operators.load(fromByteOffset: index * 4, as: UInt32.self),
                  value: values.load(fromByteOffset: index * 4, as: UInt32.self))
              }
            }
          }
        })
      return true
    }
    return rules
  }

  /// Has the kernel send its records to this process and socket, which only one can be at a time.
  ///
  /// Refuses where another program is registered. See: man 3 audit_set_pid
  func register() throws(SourceError) {
    let registered = try status().pid
    guard registered == 0 || kill(pid_t(registered), 0) != 0 && Errno.last == .noSuchProcess else {
      let name = (try? SmallFile.read("/proc/\(registered)/comm"))?.split(separator: "\n").first
      throw SourceError(
        "cannot register for audit records: process \(registered) (\(name ?? "unknown")) is registered",
        nil, remedy: "use --source multicast, which works beside it, or stop that program")
    }
    guard audit_set_pid(fd, UInt32(getpid()), WAIT_YES) > 0 else {
      throw Self.refused("register for audit records")
    }
  }

  /// Gives the registration back.
  func unregister() { _ = audit_set_pid(fd, 0, WAIT_NO) }

  private static func refused(_ action: String) -> SourceError {
    let errno = Errno.last
    return SourceError(
      "cannot \(action)", errno,
      remedy: errno == .notPermitted
        ? "needs CAP_AUDIT_CONTROL in the initial PID namespace"
        : errno == .connectionRefused ? "needs the initial user namespace" : "")
  }

  /// Hands each answer to `take` until that says false.
  private func replies(
    _ action: String, within milliseconds: Int32 = 2000, _ take: (audit_reply) -> Bool
  ) throws(SourceError) {
    while true {
      var ready = pollfd(fd: fd, events: Int16(POLLIN), revents: 0)
      guard unsafe poll(&ready, 1, milliseconds) > 0 else { return }
      var reply = unsafe audit_reply()
      guard unsafe audit_get_reply(fd, &reply, GET_REPLY_NONBLOCKING, 0) > 0 else { return }
      guard unsafe reply.type == NLMSG_ERROR else {
        guard unsafe take(reply) else { return }
        continue
      }
      // An acknowledgement, which comes before the answer, is an error of 0.
      if let error = unsafe reply.error, case let code = unsafe error.pointee.error, code != 0 {
        throw SourceError(
          "cannot \(action)", Errno(rawValue: -code),
          remedy: "needs CAP_AUDIT_CONTROL in the initial PID namespace")
      }
    }
  }
}
