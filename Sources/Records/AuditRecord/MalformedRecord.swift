/// Why a supposed record could not be parsed.
public enum MalformedRecord: Error, Hashable, Sendable {
  /// The text does not begin with `audit(SECONDS.MILLISECONDS:SERIAL):`.
  case noStamp
  /// Text between the fields is not `key=value`.
  case noField
  /// The text ends within a field, or before the last required one.
  case truncated
  /// A field occurs twice.
  case repeatedField
  /// A value is not a number, or is a number that the kernel cannot have written there.
  case badNumber
  /// No record kind has the record's type.
  case unknownType
  /// A comm or exe is neither quoted nor hexadecimal.
  case badText

  /// The reason in a few words, for messages.
  public var reason: String {
    switch self {
    case .noStamp: "no audit(...) stamp"
    case .noField: "no key=value"
    case .truncated: "truncated"
    case .repeatedField: "a repeated field"
    case .badNumber: "an invalid number"
    case .unknownType: "an unknown type"
    case .badText: "an invalid comm or exe"
    }
  }
}
