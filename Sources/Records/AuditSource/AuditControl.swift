internal import Clibaudit
internal import Glibc
internal import LinuxSystem
internal import SystemPackage

/// The kernel's audit control socket, used through libaudit: status, rules, and registration for records.
///
/// Only `register()` and `unregister()` change the kernel's audit state.
package struct AuditControl: ~Copyable {
  let fd: Int32

  /// The state of the kernel's audit system.
  // See: struct audit_status in linux/audit.h
  package struct Status: Sendable {
    /// 0 off, 1 on, 2 on and locked. SECCOMP records are also sent at 0.
    package var enabled: UInt32
    /// The registered process, to which the kernel sends records (auditd); 0 if there is none.
    package var pid: UInt32
    /// The maximum number of records per second; 0 for no limit.
    package var rateLimit: UInt32
    /// The maximum and the current number of records that wait in the kernel.
    package var backlogLimit: UInt32
    package var backlog: UInt32
    /// The number of records that the kernel has lost since boot.
    package var lost: UInt32
  }

  /// A field of a rule, such as `msgtype<1400`.
  package struct Comparison: Sendable {
    /// A field such as AUDIT_MSGTYPE.
    package var field: UInt32
    /// An operator such as AUDIT_EQUAL or AUDIT_LESS_THAN.
    package var `operator`: UInt32
    package var value: UInt32

    package init(field: UInt32, operator: UInt32, value: UInt32) {
      self.field = field
      self.operator = `operator`
      self.value = value
    }
  }

  /// Opens the control socket. Any request needs CAP_AUDIT_CONTROL.
  package init() throws(SourceError) {
    fd = audit_open()
    guard fd >= 0 else { throw .noAudit(.last) }
  }

  deinit { audit_close(fd) }

  /// Requests the audit status and waits at most `milliseconds` for the answer.
  package func status(within milliseconds: Int32 = 2000) throws(SourceError) -> Status {
    let question = audit_request_status(fd)
    guard question > 0 else { throw Self.refused("request the audit status") }
    var status: Status?
    try unsafe replies("request the audit status", within: milliseconds) { reply in
      // A late answer to an earlier request is ignored.
      guard unsafe reply.nlh.pointee.nlmsg_seq == UInt32(question) else { return true }
      guard unsafe reply.type == AUDIT_GET, let answer = unsafe reply.status else { return true }
      let pointee = unsafe answer.pointee
      status = Status(
        enabled: pointee.enabled, pid: pointee.pid, rateLimit: pointee.rate_limit,
        backlogLimit: pointee.backlog_limit, backlog: pointee.backlog, lost: pointee.lost)
      return false
    }
    guard let status else {
      throw SourceError(
        "the kernel does not answer the request for the audit status", nil, remedy: "try again")
    }
    return status
  }

  /// The rules of the exclude list. The kernel drops a record that matches all comparisons of a rule, without counting it.
  package func excludeRules() throws(SourceError) -> [[Comparison]] {
    guard audit_request_rules_list_data(fd) > 0 else { throw Self.refused("list the audit rules") }
    var rules: [[Comparison]] = []
    try unsafe replies("list the audit rules") { reply in
      if unsafe reply.type == NLMSG_DONE { return false }
      guard unsafe reply.type == AUDIT_LIST_RULES, let data = unsafe reply.ruledata else { return true }
      // The lists are C arrays of 64 elements, of which the first `field_count` are set.
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

  /// Registers this process and socket as the one receiver of the kernel's records.
  ///
  /// Fails if another program is registered. See: man 3 audit_set_pid
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

  /// Ends the registration.
  func unregister() { _ = audit_set_pid(fd, 0, WAIT_NO) }

  private static func refused(_ action: String) -> SourceError {
    let errno = Errno.last
    return SourceError(
      "cannot \(action)", errno,
      remedy: errno == .notPermitted
        ? "needs CAP_AUDIT_CONTROL in the initial PID namespace"
        : errno == .connectionRefused ? "needs the initial user namespace" : "")
  }

  /// Passes each answer to `handle` until `handle` returns false.
  private func replies(
    _ action: String, within milliseconds: Int32 = 2000, _ handle: (audit_reply) -> Bool
  ) throws(SourceError) {
    while true {
      var ready = pollfd(fd: fd, events: Int16(POLLIN), revents: 0)
      guard unsafe poll(&ready, 1, milliseconds) > 0 else { return }
      var reply = unsafe audit_reply()
      guard unsafe audit_get_reply(fd, &reply, GET_REPLY_NONBLOCKING, 0) > 0 else { return }
      guard unsafe reply.type == NLMSG_ERROR else {
        guard unsafe handle(reply) else { return }
        continue
      }
      // An acknowledgement precedes the answer. It is an error message with code 0.
      if let error = unsafe reply.error, case let code = unsafe error.pointee.error, code != 0 {
        throw SourceError(
          "cannot \(action)", Errno(rawValue: -code),
          remedy: "needs CAP_AUDIT_CONTROL in the initial PID namespace")
      }
    }
  }
}
