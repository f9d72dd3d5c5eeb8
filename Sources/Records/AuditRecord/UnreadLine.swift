/// Why a possible record in a log was not read.
public enum UnreadLine: Int, CaseIterable, Sendable {
  /// A kernel message without a time, in a log whose other kernel messages have one.
  case noTime
  /// The line follows a user message or another kernel message and may be text of that message.
  case messageText
  /// The line begins with zero bytes, or is UTF-16 or compressed with bzip2.
  case notText
  /// The line follows the end of a compressed file, in the same file.
  case afterPacked
  /// A program sent the message as a decision of its own about access, a USER_AVC.
  case userMessage
  /// A program may have written the line itself, under a name that is not the kernel's or auditd's.
  case program
  /// The line is in a container's log, which its processes write.
  case containerLog
  /// The output of `ausearch -i`, in which names replace the record's numbers.
  case interpreted
  /// A record without its time, as `journalctl -o cat` shows it.
  case noStamp
  /// A record without a time of its own, whose line has one with a name of another time zone than the local one.
  case unknownZone
  /// A line that this program, or another enricher, has made of a record.
  case enriched
  /// An entry of the journal that cannot be read.
  case damaged
  /// No supported form.
  case unknownForm

  /// What these lines are, for messages.
  public var reason: String {
    switch self {
    case .noTime: "have no time before the kernel's message, as others in the log do"
    case .messageText: "may be text of the user message or other kernel message before them"
    case .notText: "begin with zero bytes, or are UTF-16 or bzip2"
    case .afterPacked: "follow the end of a gzip file, or of another compressed file"
    case .userMessage: "are USER_AVC messages: programs wrote their text, not the kernel"
    case .program: "look like records, and that any program may have written"
    case .containerLog: "look like records, in the log of a container, which its processes write"
    case .interpreted: "look like 'ausearch -i' output"
    case .noStamp:
      "look like records of the journal without their time, as 'journalctl -o cat' shows them"
    case .unknownZone: "have a time of journalctl in a time zone whose name is not unique"
    case .enriched: "have been enriched already"
    case .damaged: "are damaged entries of the journal"
    case .unknownForm: "look like records in a form that is not known"
    }
  }

  /// What to do so that such records are read, for messages.
  public var remedy: String {
    switch self {
    case .noTime: "use the log with its times: 'dmesg' without -t, 'journalctl -k' or audit.log"
    case .messageText: "use audit.log, or 'dmesg' with the kernel's own times"
    case .notText: "use 'tr -d '\\000'' for zero bytes, 'iconv -f UTF-16' for UTF-16, 'bunzip2 -c' for bzip2"
    case .afterPacked: "unpack the file, and pass what follows it as a separate file"
    case .userMessage: "'ausearch -m USER_AVC' shows them"
    case .program, .containerLog: "if you trust who wrote them: 'replay --trust any'"
    case .interpreted: "use 'ausearch --raw'"
    case .noStamp: "use 'journalctl -o json' or 'journalctl -o short-unix'"
    case .unknownZone: "use 'journalctl -o short-iso' or 'journalctl -o json'"
    case .enriched: "use 'audit-enricher summary' or 'profile', which read them"
    case .damaged: "'journalctl --verify' names the files"
    case .unknownForm: "use audit.log, 'journalctl -o json' or 'dmesg'"
    }
  }

  /// Whether such a line is left out to be safe, from a log whose form is read. If a log has only other lines that look like records,
  /// nothing of it could be read.
  public var isPrecaution: Bool {
    switch self {
    case .noTime, .messageText, .afterPacked, .userMessage: true
    case .notText, .program, .containerLog, .interpreted, .noStamp, .unknownZone, .enriched,
      .damaged, .unknownForm:
      false
    }
  }
}
