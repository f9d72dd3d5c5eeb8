import JSONText
import SeccompProfiles

/// Tests profiles. A profile that is accepted must be the same after it was written and read again, and YAML must have no line that
/// begins a document.
enum ProfileTarget {
  static func test(_ bytes: borrowing Span<UInt8>) {
    do throws(InvalidProfile) {
      let profile = try SeccompProfile(json: bytes, file: "it")
      let text = profile.json.pretty
      let again = try SeccompProfile(json: Array(text.utf8).span, file: "its own text")
      precondition(again == profile)
      let yaml = SecurityProfile(name: bytes.text, profile: profile).yaml
      precondition(yaml.split(separator: "\n").allSatisfy { !$0.hasPrefix("---") && !$0.hasPrefix("...") })
    } catch {
      precondition(error.file == "it" && !error.description.contains("\n"))
    }
  }
}
