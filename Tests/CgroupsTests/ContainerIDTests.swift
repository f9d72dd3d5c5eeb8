import Cgroups
import Testing

@Suite struct ContainerIDTests {
  @Test(
    "Sixty-four lower-case digits are an ID, whose text is the same",
    arguments: [
      String(repeating: "0", count: 64), String(repeating: "f", count: 64),
      "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
      String(repeating: "0", count: 63) + "1",
    ])
  func whole(text: String) throws {
    let id = try #require(ContainerID(text))
    #expect("\(id)" == text)
    #expect(ContainerID(Array(text.utf8)) == id)
    #expect(Set([id, ContainerID(text)]).count == 1)
  }

  @Test(
    "Any other text is not an ID",
    arguments: [
      "", "4f0c", String(repeating: "a", count: 63), String(repeating: "a", count: 65),
      String(repeating: "A", count: 64), String(repeating: "g", count: 64),
      String(repeating: "a", count: 63) + "-", " " + String(repeating: "a", count: 63),
      String(repeating: "é", count: 32),
    ])
  func none(text: String) { #expect(ContainerID(text) == nil) }

  @Test("IDs that differ in any digit are different", arguments: 0..<64)
  func different(index: Int) throws {
    let zeros = Array(String(repeating: "0", count: 64).utf8)
    var other = zeros
    other[index] = UInt8(ascii: "1")
    #expect(ContainerID(zeros) != ContainerID(other))
  }
}
