internal import AuditRecord
internal import AuditSource

/// Lines about no record.
extension LineSink where Format: ~Copyable {
  /// Appends the line that reports a loss: how many, and at which stage.
  mutating func append(lost count: UInt64, _ stage: LossStage, at stamp: AuditStamp) {
    begin(stage, at: stamp)
    put(LossField.count, count)
    put(LossField.where, stage.rawValue)
    put(LossField.place, stage.rawValue)
    lines.append(Format.end)
  }

  /// Appends the line that reports how many records of a container were suppressed.
  mutating func append(suppressed count: UInt64, of owner: RenderedOwner, at stamp: AuditStamp) {
    begin(.suppressed, at: stamp)
    put(LossField.suppressed, count)
    owners.append(owner.names..<owner.end, to: &lines)
    put(LossField.place, LossStage.suppressed.rawValue)
    lines.append(Format.end)
  }

  /// Appends the line that reports how many records of an owner were counted with less detail.
  mutating func append(merged count: UInt64, of owner: RenderedOwner, at stamp: AuditStamp) {
    begin("audit details merged", type: "merged", at: stamp)
    put(CountField.count, count)
    owners.append(owner.names..<owner.end, to: &lines)
    lines.append(Format.end)
  }

  private mutating func begin(_ stage: LossStage, at stamp: AuditStamp) {
    begin(stage.message, type: stage.type, at: stamp)
  }

  private mutating func begin(_ message: StaticString, type: StaticString, at stamp: AuditStamp) {
    format.begin(warning: message, at: stamp, &lines)
    put(Field("type", .basic), word: type)
    lines.append(node)
  }
}
