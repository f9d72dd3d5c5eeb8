internal import AccessRecords
internal import AuditRecord

/// The keys that have a meaning in lines, so that a field of the kernel with the same name needs another one.
enum LineKeys {
  private static let all: Set<[UInt8]> = {
    var keys: Set<[UInt8]> = []
    func add(_ key: StaticString) { keys.insert(Array("\(key)".utf8)) }
    for key in [
      "time", "logger", "level", "message", "timestamp", "type", "node", "executable", "perm", "decision",
    ]
      as [StaticString]
    {
      add(key)
    }
    RecordOwner().forEachField { field, _ in add(field.key) }
    for field in LossField.all + CountField.all { add(field.key) }
    for key in AppArmorKey.allCases { add(key.field.key) }
    for key in SELinuxKey.allCases { add(key.field.key) }
    for field in [Field.syscallID, .syscallName, .arch] { add(field.key) }
    for key in ["action", "signal", "uid", "gid", "code", "auid", "ses", "ip", "compat", "subj"]
      as [StaticString]
    {
      add(key)
    }
    return keys
  }()

  static func contains(_ key: borrowing Span<UInt8>) -> Bool { all.contains(key.indices.map { key[$0] }) }
}
