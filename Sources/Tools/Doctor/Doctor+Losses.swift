internal import CLinuxAudit
internal import Clibsystemd
internal import EnrichedLog
internal import Glibc
internal import LinuxSystem

extension Doctor {
  /// Checks the drops at the audit and connector sockets of this network namespace, of this and other programs.
  // See: netlink_native_seq_show() in net/netlink/af_netlink.c
  func dropsAtSockets() -> Finding {
    let check = "socket drops"
    guard let table = try? SmallFile.read("\(settings.procRoot)/net/netlink") else {
      return .warning(
        check, "\(settings.procRoot)/net/netlink cannot be read",
        remedy: "mount /proc whole (no ProcSubset=pid), or name the host's with --proc-root")
    }
    var (records, events) = (0, 0)
    for line in table.split(separator: "\n").dropFirst() {
      let columns = line.split(separator: " ")
      guard columns.count >= 10, let protocolNumber = Int32(columns[1]), let drops = Int(columns[8]) else {
        continue
      }
      if protocolNumber == NETLINK_AUDIT { records += drops }
      if protocolNumber == NETLINK_CONNECTOR { events += drops }
    }
    guard records + events > 0 else { return .ok(check, "none") }
    return .warning(
      check,
      "\(records) records and \(events) process events were dropped at full receive buffers of this or other programs",
      remedy: "if the service reports losses, give its socket units a larger ReceiveBuffer=")
  }

  /// Checks whether journald has dropped lines of the service, or of the program that ships them.
  func droppedByJournal() -> Finding {
    // The message ID is SD_MESSAGE_JOURNAL_DROPPED.
    finding(
      "MESSAGE_ID=a596d6fe7bfa4994828e72309e95d61e", holding: "audit-enricher", check: "journald",
      otherwise: "has dropped no lines", remedy: Self.noRateLimit)
  }

  /// Checks whether rsyslog has dropped messages that it read from the journal. Other shippers do not report that there.
  // See: withinRatelimit() in runtime/ratelimit.c of rsyslog
  func droppedByShipper() -> Finding {
    // Only messages since rsyslog's last start count, because a changed configuration takes effect then.
    finding(
      "SYSLOG_IDENTIFIER=rsyslogd", holding: "due to rate-limiting", since: "] start", check: "rsyslog",
      otherwise: "reports no dropped messages; other log shippers report elsewhere",
      remedy: "Ratelimit.Interval=\"0\" for imjournal in its configuration, and restart it")
  }

  /// Checks whether journald failed to forward messages to a syslog daemon that does not read the journal.
  // See: ForwardToSyslog= in man 5 journald.conf
  func droppedBeforeSyslog() -> Finding {
    // The message ID is SD_MESSAGE_FORWARD_SYSLOG_MISSED.
    finding(
      "MESSAGE_ID=0027229ca0644181a76c4e92458afa2e", holding: "missed", check: "syslog",
      otherwise: "no message on its way from journald to a syslog daemon was missed",
      remedy: "have the syslog daemon read the journal itself, as rsyslog does with imjournal")
  }

  /// Warns if `journalMessage` finds a message.
  private func finding(
    _ field: String, holding wanted: String, since beginning: String? = nil, check: String, otherwise: String,
    remedy: String
  ) -> Finding {
    do throws(NoJournal) {
      guard let text = try journalMessage(field, holding: wanted, since: beginning) else {
        return .ok(check, otherwise)
      }
      return .warning(check, text.escaped, remedy: remedy)
    } catch {
      return .ok(check, "there is no journal to read")
    }
  }

  struct NoJournal: Error {}

  /// The newest message of this boot in the journal that contains `wanted`, has this field, and is later than the last message
  /// with `beginning`; nil if there is none.
  func journalMessage(
    _ field: String, holding wanted: String, since beginning: String? = nil
  ) throws(NoJournal) -> String? {
    var bytes = [CChar](repeating: 0, count: 512)
    // The function writes at most `bytes.count` bytes, including a NUL.
    let found = unsafe enricher_journal_find(field, wanted, beginning, &bytes, bytes.count)
    guard found >= 0 else { throw NoJournal() }
    guard found > 0 else { return nil }
    return String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// An interval of 0 would suffice, but systemd 252 treats it as unset.
  static let noRateLimit =
    "LogRateLimitIntervalSec=1s and LogRateLimitBurst=100000000 in the service's unit, or RateLimitIntervalSec=0 in journald.conf"
}
