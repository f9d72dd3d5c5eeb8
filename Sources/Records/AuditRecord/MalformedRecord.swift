/// Why bytes that should have been a SECCOMP record were not one.
public enum MalformedRecord: Error, Hashable, Sendable {
  /// No `audit(SECONDS.MILLISECONDS:SERIAL):` where the record should begin.
  case noStamp
  /// Something between the fields that is no `key=value`.
  case noField
  /// The text ends within a field, or before the last one.
  case truncated
  /// A field that stands there twice.
  case repeatedField
  /// A value that is no number, or none that the kernel could have written there.
  case badNumber
  /// A record of a type that is of no kind.
  case unknownType
  /// A comm or exe that is neither quoted nor hexadecimal.
  case badText

  /// For messages: a few words.
  public var reason: String {
    switch self {
    case .noStamp: "no audit(...) stamp"
    case .noField: "no key=value"
    case .truncated: "cut short"
    case .repeatedField: "a field twice"
    case .badNumber: "a bad number"
    case .unknownType: "an unknown type"
    case .badText: "a bad comm or exe"
    }
  }
}
