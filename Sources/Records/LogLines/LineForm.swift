/// A form in which people have records: what `LogLineReader` reads, and what it does not. This table is the source of the documents' list,
/// and each example is a test.
///
/// In an example, `…` stands for the rest of a record's fields.
package struct LineForm: Sendable {
  /// Whose claim a line of this form is.
  package enum Origin: String, Sendable {
    /// The kernel's or auditd's, as the line or the log states. Such a line is read.
    case kernel
    /// That of a program, which is read only with `--trust any`.
    case program
    /// The line has no record, or not all of it. It is counted, and the summary says what to do.
    case none
  }

  package var name: String
  package var origin: Origin
  /// The lines of one record.
  package var example: [String]

  private init(_ name: String, _ origin: Origin = .kernel, _ example: String...) {
    (self.name, self.origin, self.example) = (name, origin, example)
  }

  package static let all: [LineForm] = [
    // auditd
    LineForm("audit.log", .kernel, "type=SECCOMP msg=audit(1715847187.650:21196375): auid=…"),
    LineForm(
      "audit.log with names of nodes", .kernel,
      "node=worker-1 type=SECCOMP msg=audit(1715847187.650:21196375): auid=…"),
    LineForm(
      "ausearch --raw, auditd without the type's name", .kernel,
      "type=UNKNOWN[1326] msg=audit(1715847187.650:21196375): auid=…"),
    LineForm(
      "audispd, audisp-syslog", .kernel,
      "May 16 08:13:07 worker-1 audispd: node=worker-1 type=SECCOMP msg=audit(1715847187.650:21196375): auid=…"
    ),
    LineForm(
      "imfile of rsyslog, for audit.log", .kernel,
      "2024-05-16T08:13:07.650000+00:00 worker-1 tag_audit_log: type=SECCOMP msg=audit(1715847187.650:21196375): auid=…"
    ),
    // dmesg
    LineForm("dmesg", .kernel, "[  270.853767] audit: type=1326 audit(1715847187.650:21196375): auid=…"),
    LineForm(
      "dmesg -t, a log without any times", .kernel, "audit: type=1326 audit(1715847187.650:21196375): auid=…"),
    LineForm(
      "dmesg -r", .kernel, "<5>[  270.853767] audit: type=1326 audit(1715847187.650:21196375): auid=…"),
    LineForm(
      "dmesg -x", .kernel,
      "kern  :notice: [  270.853767] audit: type=1326 audit(1715847187.650:21196375): auid=…"),
    LineForm(
      "dmesg -T", .kernel,
      "[Thu May 16 08:13:07 2024] audit: type=1326 audit(1715847187.650:21196375): auid=…"),
    LineForm(
      "dmesg -d", .kernel,
      "[  270.853767 <    0.000012>] audit: type=1326 audit(1715847187.650:21196375): auid=…"),
    LineForm(
      "dmesg -H, --reltime", .kernel, "[May16 08:13] audit: type=1326 audit(1715847187.650:21196375): auid=…"),
    LineForm(
      "dmesg --time-format=iso", .kernel,
      "2024-05-16T08:13:07,650000+00:00 audit: type=1326 audit(1715847187.650:21196375): auid=…"),
    LineForm(
      "dmesg --color", .kernel,
      "\u{1b}[32m[  270.853767] \u{1b}[0m\u{1b}[33maudit: \u{1b}[0mtype=1326 audit(1715847187.650:21196375): auid=…"
    ),
    LineForm(
      "printk.caller=1", .kernel,
      "[  270.853767][ T1234] audit: type=1326 audit(1715847187.650:21196375): auid=…"),
    LineForm(
      "printk.caller=1, by dmesg", .kernel,
      "[  270.853767] [   T1234] audit: type=1326 audit(1715847187.650:21196375): auid=…"),
    LineForm(
      "/dev/kmsg", .kernel, "5,1234,270853767,-;audit: type=1326 audit(1715847187.650:21196375): auid=…"),
    LineForm(
      "talosctl dmesg", .kernel,
      "10.0.0.3: kern:  notice: [2024-05-16T08:13:07.650619063Z]: audit: type=1326 audit(1715847187.650:21196375): auid=…"
    ),
    // journalctl
    LineForm("journalctl", .kernel, "May 16 08:13:07 worker-1 audit[4709]: SECCOMP auid=…"),
    LineForm(
      "journalctl -k", .kernel,
      "May 16 08:13:07 worker-1 kernel: audit: type=1326 audit(1715847187.650:21196375): auid=…"),
    LineForm(
      "journalctl --no-hostname", .kernel,
      "May 16 08:13:07 kernel: audit: type=1326 audit(1715847187.650:21196375): auid=…"),
    LineForm(
      "journalctl -o short-precise", .kernel,
      "May 16 08:13:07.650000 worker-1 kernel: audit: type=1326 audit(1715847187.650:21196375): auid=…"),
    LineForm(
      "journalctl -o short-iso", .kernel, "2024-05-16T08:13:07+0000 worker-1 audit[4709]: SECCOMP auid=…"),
    LineForm(
      "journalctl -o short-full, with-unit", .kernel,
      "Thu 2024-05-16 08:13:07 UTC worker-1 audit[4709]: SECCOMP auid=…"),
    LineForm("journalctl -o short-unix", .kernel, "1715847187.650000 worker-1 audit[4709]: SECCOMP auid=…"),
    LineForm(
      "journalctl -o short-monotonic", .kernel,
      "[  270.853767] worker-1 kernel: audit: type=1326 audit(1715847187.650:21196375): auid=…"),
    LineForm(
      "journalctl -o json, json-seq, json-sse", .kernel,
      #"{"_TRANSPORT":"audit","_AUDIT_TYPE":"1326","_AUDIT_ID":"21196375","_HOSTNAME":"worker-1","_SOURCE_REALTIME_TIMESTAMP":"1715847187650000","MESSAGE":"SECCOMP auid=…"}"#
    ),
    LineForm(
      "journalctl -k -o json", .kernel,
      #"{"_TRANSPORT":"kernel","SYSLOG_FACILITY":"0","_HOSTNAME":"worker-1","MESSAGE":"audit: type=1326 audit(1715847187.650:21196375): auid=…"}"#
    ),
    LineForm(
      "journalctl -o json-pretty", .kernel, "{", "\t\"_TRANSPORT\" : \"audit\",",
      "\t\"_AUDIT_ID\" : \"21196375\",", "\t\"_SOURCE_REALTIME_TIMESTAMP\" : \"1715847187650000\",",
      "\t\"MESSAGE\" : \"SECCOMP auid=…\"", "}"),
    LineForm(
      "journalctl -o verbose", .kernel, "Thu 2024-05-16 08:13:07.650000 UTC [s=1a;i=2b;b=3c;m=4d;t=5e;x=6f]",
      "    _TRANSPORT=audit", "    _AUDIT_ID=21196375", "    _SOURCE_REALTIME_TIMESTAMP=1715847187650000",
      "    MESSAGE=SECCOMP auid=…"),
    LineForm(
      "journalctl -o export", .kernel, "__CURSOR=s=1a;i=2b;b=3c;m=4d;t=5e;x=6f", "_TRANSPORT=audit",
      "_AUDIT_ID=21196375", "_SOURCE_REALTIME_TIMESTAMP=1715847187650000", "MESSAGE=SECCOMP auid=…", ""),
    LineForm("journalctl -k -o cat", .kernel, "audit: type=1326 audit(1715847187.650:21196375): auid=…"),
    LineForm("journalctl -o cat", .none, "SECCOMP auid=…"),
    // Log daemons
    LineForm(
      "rsyslog, syslog-ng", .kernel,
      "May 16 08:13:07 worker-1 kernel: [  270.853767] audit: type=1326 audit(1715847187.650:21196375): auid=…"
    ),
    LineForm(
      "rsyslog, syslog-ng, with RFC 3339 times", .kernel,
      "2024-05-16T08:13:07.650000+00:00 worker-1 kernel: [  270.853767] audit: type=1326 audit(1715847187.650:21196375): auid=…"
    ),
    LineForm(
      "RFC 3164 with priority", .kernel,
      "<5>May 16 08:13:07 worker-1 kernel: audit: type=1326 audit(1715847187.650:21196375): auid=…"),
    LineForm(
      "RFC 5424", .kernel,
      "<5>1 2024-05-16T08:13:07.650000+00:00 worker-1 kernel - - - audit: type=1326 audit(1715847187.650:21196375): auid=…"
    ),
    LineForm(
      "RFC 5424 without priority", .kernel,
      "1 2024-05-16T08:13:07.650000+00:00 worker-1 kernel - - - audit: type=1326 audit(1715847187.650:21196375): auid=…"
    ),
    LineForm(
      "BusyBox", .kernel,
      "May 16 08:13:07 worker-1 kern.notice kernel: [  270.853767] audit: type=1326 audit(1715847187.650:21196375): auid=…"
    ),
    LineForm(
      "logread of OpenWrt", .kernel,
      "Thu May 16 08:13:07 2024 kern.notice kernel: [  270.853767] audit: type=1326 audit(1715847187.650:21196375): auid=…"
    ),
    // Shippers
    LineForm(
      "Fluent Bit, of a log that it follows", .kernel,
      #"{"log":"type=SECCOMP msg=audit(1715847187.650:21196375): auid=…"}"#),
    LineForm(
      "CloudWatch, Vector, Filebeat", .kernel,
      #"{"timestamp":1715847187650,"message":"node=worker-1 type=SECCOMP msg=audit(1715847187.650:21196375): auid=…"}"#
    ),
    LineForm(
      "syslog-ng, rsyslog as JSON", .kernel,
      #"{"PROGRAM":"kernel","HOST":"worker-1","MESSAGE":"audit: type=1326 audit(1715847187.650:21196375): auid=…"}"#
    ),
    // As people paste them
    LineForm(
      "grep with a file's name", .kernel,
      "/var/log/audit/audit.log:type=SECCOMP msg=audit(1715847187.650:21196375): auid=…"),
    LineForm(
      "grep -n", .kernel,
      "kern.log:12:May 16 08:13:07 worker-1 kernel: audit: type=1326 audit(1715847187.650:21196375): auid=…"),
    LineForm("quoted", .kernel, "> type=SECCOMP msg=audit(1715847187.650:21196375): auid=…"),
    LineForm(
      "indented as a whole", .kernel,
      "    [  270.853767] audit: type=1326 audit(1715847187.650:21196375): auid=…"),
    LineForm(
      "with a byte order mark, or with CR LF", .kernel,
      "\u{feff}type=SECCOMP msg=audit(1715847187.650:21196375): auid=…\r"),
    // Anyone's
    LineForm(
      "container log of the CRI", .program,
      "2024-05-16T08:13:07.650000000Z stdout F audit: type=1326 audit(1715847187.650:21196375): auid=…"),
    LineForm(
      "container log of Docker", .program,
      #"{"log":"audit: type=1326 audit(1715847187.650:21196375): auid=…\n","stream":"stdout","time":"2024-05-16T08:13:07.65Z"}"#
    ),
    LineForm(
      "kubectl logs --timestamps", .program,
      "2024-05-16T08:13:07.650000000Z type=SECCOMP msg=audit(1715847187.650:21196375): auid=…"),
    LineForm(
      "another program's tag, as of logger", .program,
      "May 16 08:13:07 worker-1 myapp[99]: audit: type=1326 audit(1715847187.650:21196375): auid=…"),
    LineForm(
      "another facility than kern", .program,
      "<13>May 16 08:13:07 worker-1 kernel: audit: type=1326 audit(1715847187.650:21196375): auid=…"),
    LineForm(
      "a program that calls itself audit", .program, "May 16 08:13:07 worker-1 audit[99]: SECCOMP auid=…"),
    LineForm(
      "journalctl -o json, of a program", .program,
      #"{"_TRANSPORT":"syslog","SYSLOG_IDENTIFIER":"kernel","_PID":"99","MESSAGE":"audit: type=1326 audit(1715847187.650:21196375): auid=…"}"#
    ),
    LineForm(
      "ausearch -i", .none,
      "type=SECCOMP msg=audit(05/16/2024 08:13:07.650:21196375) : auid=unset uid=root pid=4709 comm=sh syscall=chdir code=log"
    ),
  ]
}
