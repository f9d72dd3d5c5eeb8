public import AuditRecord
public import AuditSource

/// Lines that are about no record: what was lost, and what was left out.
extension RecordFormat {
  /// Appends the line that reports how many were lost, and where.
  public mutating func append(
    lost count: UInt64, place: LossPlace, at stamp: AuditStamp, to buffer: inout LineBuffer
  ) {
    beginWarning(place, at: stamp, &buffer)
    keys.put(.count, to: &buffer)
    buffer.append(decimal: count)
    keys.put(.where, place.rawValue, to: &buffer)
    // The same once more under a name that SQL does not reserve.
    keys.put(.place, place.rawValue, to: &buffer)
    endLine(&buffer)
  }

  /// Appends the line that reports how many records of a container were left out.
  public mutating func append(
    suppressed count: UInt64, owner: RenderedOwner, at stamp: AuditStamp, to buffer: inout LineBuffer
  ) {
    beginWarning(.suppressed, at: stamp, &buffer)
    keys.put(.suppressed, to: &buffer)
    buffer.append(decimal: count)
    owners.append(owner.names..<owner.executable, to: &buffer)
    if fields == .full { owners.append(owner.rest..<owner.end, to: &buffer) }
    keys.put(.place, LossPlace.suppressed.rawValue, to: &buffer)
    endLine(&buffer)
  }

  /// The beginning of a line that is about no record, to its node.
  private mutating func beginWarning(_ place: LossPlace, at stamp: AuditStamp, _ buffer: inout LineBuffer) {
    beginning.append(level: "W", message: place.message, at: stamp, to: &buffer)
    if style == .json {
      buffer.append(",\"level\":\"warning\",\"message\":\"")
      buffer.append(place.message)
      buffer.append(UInt8(ascii: "\""))
    }
    keys.put(.type, to: &buffer) { $0.append(place.type) }
    keys.put(.node, nodeName, to: &buffer)
  }
}

extension LossPlace {
  /// What a line says of it. Only what can never be a line counts as a lost record.
  fileprivate var message: StaticString {
    switch self {
    case .socket, .kernel, .serialGap, .journal, .memory, .rotation: "audit records lost"
    case .connector: "process events lost"
    case .parked: "audit records without names"
    case .suppressed: "audit records suppressed"
    }
  }

  /// The type of such a line.
  fileprivate var type: StaticString { self == .suppressed ? "suppressed" : "loss" }
}
