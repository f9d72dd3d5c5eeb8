import AuditRecord
import RecordSamples
import Testing

@Suite struct SeccompActionTests {
  @Test(
    "Every action has the kernel's own name",
    arguments: [
      (0x0, "kill_thread"), (0x3_0000, "trap"), (0x5_0000, "errno"), (0x7fc0_0000, "user_notif"),
      (0x7ff0_0000, "trace"), (0x7ffc_0000, "log"), (0x8000_0000, "kill_process"),
    ] as [(UInt32, String)])
  func names(code: UInt32, name: String) throws {
    let action = try #require(SeccompAction(rawValue: code))
    #expect("\(action.name)" == name)
    #expect(action.isKill == name.hasPrefix("kill"))
    let text = SampleRecord.payload(code: "code=0x\(String(code, radix: 16))")
    #expect(try RecordValues(text).code == code)
  }

  @Test(
    "A code that was cut off does not become another action",
    arguments: SeccompAction.allCases)
  func cutOff(action: SeccompAction) {
    let digits = String(action.rawValue, radix: 16)
    for length in 1..<max(1, digits.count) {
      let text = SampleRecord.payload(code: "code=0x\(digits.prefix(length))")
      #expect(throws: MalformedRecord.truncated) { try RecordValues(text) }
    }
  }
}
