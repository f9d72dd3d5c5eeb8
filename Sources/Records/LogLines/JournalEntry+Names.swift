internal import AuditRecord

// The names of fields, and what they say of a message. A program may write any field to a log, and shippers add some of their own: so an
// entry for which no transport of journald's vouches may have only fields of this list.
extension JournalEntry {
  enum Field {
    case message
    /// The node, as a shipper states it; as journald states it; from where a log daemon received the message.
    case host, journalHost, sender
    /// A field that is not known and whose name is that of a node.
    case otherNode
    case transport, type, serial, made, stored
    case facility, priority
    /// journald's name of the program, and that of log daemons.
    case identifier, program
    /// The file that the message is from, and how a shipper received it.
    case path, input
    /// What only the log of a container has.
    case container
    /// A field that says nothing of the message's origin.
    case neutral
    case other

    var isNode: Bool {
      switch self {
      case .host, .journalHost, .sender, .otherNode: true
      default: false
      }
    }
  }

  /// The field that has this name in an entry of journald's.
  static func journalField(_ name: borrowing Span<UInt8>) -> Field? {
    switch name.count {
    case 7 where name.equals("MESSAGE"): return .message
    case 9 where name.equals("_HOSTNAME"): return .journalHost
    case 9 where name.equals("_AUDIT_ID"): return .serial
    case 10 where name.equals("_TRANSPORT"): return .transport
    case 11 where name.equals("_AUDIT_TYPE"): return .type
    case 15 where name.equals("SYSLOG_FACILITY"): return .facility
    case 17 where name.equals("SYSLOG_IDENTIFIER"): return .identifier
    case 20 where name.equals("__REALTIME_TIMESTAMP"): return .stored
    case 26 where name.equals("_SOURCE_REALTIME_TIMESTAMP"): return .made
    default: return nil
    }
  }

  /// The field that a JSON object has at `path`: names in lower case, those of objects around it before points.
  static func objectField(_ path: borrowing Span<UInt8>) -> Field {
    for (name, field) in names where path.equals(name) { return field }
    for prefix in neutralPrefixes where path.hasLiteral(prefix, at: 0) { return .neutral }
    if path.firstIndex(of: "host", in: 0..<path.count) ?? path.firstIndex(of: "node", in: 0..<path.count)
      != nil
    {
      return .otherNode
    }
    for prefix in containerPrefixes where path.hasLiteral(prefix, at: 0) { return .container }
    return .other
  }

  /// Whether the members of an object called `path` are fields with names of their own.
  static func hasMembers(_ path: borrowing Span<UInt8>) -> Bool {
    objects.contains { path.equals($0) }
  }

  private static let names: [(StaticString, Field)] = [
    ("message", .message), ("msg", .message), ("log", .message),
    ("time", .neutral), ("timestamp", .neutral), ("@timestamp", .neutral), ("date", .neutral),
    ("ts", .neutral),
    ("timereported", .neutral), ("timegenerated", .neutral), ("isodate", .neutral), ("@version", .neutral),
    // CloudWatch
    ("eventid", .neutral), ("ingestiontime", .neutral),
    ("host", .host), ("hostname", .host), ("node", .host), ("nodename", .host), ("host.name", .host),
    ("host.hostname", .host), ("agent.hostname", .host), ("agent.name", .neutral), ("kubernetes.host", .host),
    ("kubernetes.node_name", .host),
    ("kubernetes.node.name", .host), ("kubernetes.node.hostname", .host), ("fromhost", .sender),
    ("fromhost-ip", .sender),
    ("severity", .neutral), ("severity_label", .neutral), ("syslogseverity", .neutral),
    ("syslogseverity-text", .neutral), ("priority", .priority), ("syslogpriority", .neutral),
    ("syslogpriority-text", .neutral),
    ("pri", .priority), ("pri-text", .priority), ("facility", .facility), ("syslogfacility", .facility),
    ("syslogfacility-text", .facility), ("syslog_facility", .facility),
    ("ident", .program), ("program", .program), ("appname", .program), ("app_name", .program),
    ("app-name", .program),
    ("syslogtag", .program), ("programname", .program), ("syslog_identifier", .identifier),
    ("file", .path), ("filename", .path), ("path", .path), ("filepath", .path), ("log.file.path", .path),
    ("input.type", .input),
    ("stream", .container), ("logtag", .container), ("_p", .container),
  ]
  private static let containerPrefixes: [StaticString] = ["kubernetes", "docker", "container", "k8s", "pod"]
  /// What Filebeat adds to each line of a file.
  private static let neutralPrefixes: [StaticString] = [
    "@metadata.", "agent.id", "agent.type", "agent.version", "agent.ephemeral_id", "ecs.version",
    "log.offset",
    "log.file.inode", "log.file.device_id", "log.file.fingerprint", "cloud.", "host.ip", "host.mac",
    "host.id",
    "host.os.", "host.architecture", "host.containerized", "kubernetes.node.",
  ]
  private static let objects: [StaticString] = [
    "host", "agent", "log", "log.file", "input", "ecs", "@metadata", "cloud", "host.os", "kubernetes",
    "kubernetes.node",
  ]
}
