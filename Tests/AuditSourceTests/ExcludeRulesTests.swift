import AuditRecord
import AuditSource
import Testing

@Suite struct ExcludeRulesTests {
  // See: linux/audit.h
  private static let (type, user) = (UInt32(12), UInt32(1))
  private static let (equal, notEqual, less, greater) = (
    UInt32(0x4000_0000), UInt32(0x3000_0000), UInt32(0x1000_0000), UInt32(0x2000_0000)
  )

  private func rule(_ comparisons: (UInt32, UInt32, UInt32)...) -> [AuditControl.Comparison] {
    comparisons.map { AuditControl.Comparison(field: $0.0, operator: $0.1, value: $0.2) }
  }

  @Test("A rule drops SECCOMP records if all of its type comparisons match 1326")
  func types() {
    #expect(rule((Self.type, Self.less, 1400)).hides(.seccomp) == .all)
    #expect(rule((Self.type, Self.equal, 1326)).hides(.seccomp) == .all)
    #expect(
      rule((Self.type, Self.greater | Self.equal, 1326), (Self.type, Self.less | Self.equal, 1326))
        .hides(.seccomp) == .all)
    #expect(rule((Self.type, Self.notEqual, 1400)).hides(.seccomp) == .all)
    #expect(rule((Self.type, Self.less, 1326)).hides(.seccomp) == .nothing)
    #expect(rule((Self.type, Self.greater, 1326), (Self.type, Self.less, 1400)).hides(.seccomp) == .nothing)
    #expect(rule((Self.type, Self.notEqual, 1326)).hides(.seccomp) == .nothing)
    // Bottlerocket's rule spares the records of AppArmor and SELinux.
    #expect(rule((Self.type, Self.less, 1400)).hides(.avc) == .nothing)
    #expect(rule((Self.type, Self.equal, 1400)).hides(.avc) == .all)
  }

  @Test("A rule with further comparisons drops the records of some processes")
  func others() {
    #expect(rule((Self.type, Self.equal, 1326), (Self.user, Self.equal, 0)).hides(.seccomp) == .partly)
    #expect(rule((Self.user, Self.equal, 0)).hides(.seccomp) == .partly)
    #expect(rule((Self.type, Self.equal, 1300), (Self.user, Self.equal, 0)).hides(.seccomp) == .nothing)
  }
}
