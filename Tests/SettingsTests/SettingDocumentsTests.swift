import Settings
import Testing
import TestSupport

/// The documents have every setting, and describe it as the program does.
@Suite struct SettingDocumentsTests {
  @Test(
    "The page has exactly the settings, with values, default, and when a change takes effect")
  func page() throws {
    let rows = try DocumentPage("Configuration").rows(under: "option")
    #expect(rows.map { $0[0] } == Setting.all.map { "`\($0.flag) \($0.valueName)`" })
    for (row, setting) in zip(rows, Setting.all) {
      #expect([setting.defaultText, "`\(setting.defaultText)`"].contains(row[1]), "\(setting)")
      #expect(row[2] == (setting.appliesAtReload ? "reload" : "restart"), "\(setting)")
    }
  }

  @Test("The program's manual page names the option of each setting", arguments: Setting.all)
  func options(_ setting: Setting) throws {
    #expect(try ManualPage("audit-enricher.8").terms(in: "OPTIONS").contains(setting.flag))
  }

  @Test("The configuration's manual page has exactly the settings, with values and default")
  func keys() throws {
    let entries = try ManualPage("audit-enricher.conf.5").entries(in: "KEYS")
    #expect(entries.map { $0.terms[0] } == Setting.all.map(\.variable))
    for (entry, setting) in zip(entries, Setting.all) {
      #expect(entry.terms.dropFirst().joined() == "=\(setting.valueName)", "\(setting)")
      #expect(entry.text.contains("Default: \(setting.defaultText)."), "\(setting)")
      #expect(entry.text.contains("after a restart") != setting.appliesAtReload, "\(setting)")
    }
  }

  @Test("The packaged configuration file shows the variable of each setting", arguments: Setting.all)
  func variables(_ setting: Setting) throws {
    #expect(try ProjectFile.text(of: "packaging/audit-enricher.conf").contains("\(setting.variable)="))
  }

  @Test("No two settings have the same name, and names consist of lower-case letters and dashes")
  func names() {
    #expect(Set(Setting.all).count == Setting.all.count)
    for setting in Setting.all {
      #expect(setting.name.utf8.allSatisfy { $0 == UInt8(ascii: "-") || (97...122).contains($0) })
    }
  }
}
