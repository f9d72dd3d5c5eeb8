import Settings
import TestSupport

/// Settings as a person gives them.
enum GivenSettings {
  /// Reads settings with `file` as the content of the named configuration file.
  static func read(
    flags: [Setting: String] = [:], file: String = "", environment: [String: String] = [:]
  ) throws -> Settings {
    try TemporaryDirectory.use { directory in
      try SettingsReader.read(
        flags: flags, file: directory.write(file, to: "enricher.conf"), environment: environment)
    }
  }

  /// The message for an invalid setting, without the directory's name.
  static func message(
    flags: [Setting: String] = [:], file: String = "", environment: [String: String] = [:]
  ) -> (isUsage: Bool, text: String) {
    do {
      _ = try read(flags: flags, file: file, environment: environment)
      return (false, "nothing")
    } catch let error as SettingsReader.Invalid {
      return (error.isUsage, String(error.description))
    } catch {
      return (false, "\(error)")
    }
  }
}
