import Settings
import Testing
import TestSupport

/// The documents have every setting, and say the same of it as the program does.
@Suite struct SettingDocumentsTests {
  @Test("The manual page and the README name the option of each setting", arguments: Setting.all)
  func options(_ setting: Setting) throws {
    // In the manual page's own language a dash is written with a backslash.
    let manual = try ProjectFile.text(of: "packaging/audit-enricher.8").replacing("\\-", with: "-")
    #expect(manual.contains(setting.flag))
    #expect(try ProjectFile.text(of: "README.md").contains("`\(setting.flag)"))
  }

  @Test("The packaged configuration file shows the variable of each setting", arguments: Setting.all)
  func variables(_ setting: Setting) throws {
    #expect(try ProjectFile.text(of: "packaging/audit-enricher.conf").contains("\(setting.variable)="))
  }

  @Test("No two settings have the same name, and a name is lower-case letters and dashes")
  func names() {
    #expect(Set(Setting.all).count == Setting.all.count)
    for setting in Setting.all {
      #expect(setting.name.utf8.allSatisfy { $0 == UInt8(ascii: "-") || (97...122).contains($0) })
    }
  }
}
