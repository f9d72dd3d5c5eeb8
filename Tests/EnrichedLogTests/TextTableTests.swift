import EnrichedLog
import Testing
import TextTables

@Suite struct TextTableTests {
  @Test(
    "Columns are as wide as their widest value; numbers are aligned on the right; lines end with their last value"
  )
  func columns() {
    var table = TextTable(["A", "LONG", "N"], numbers: [2])
    table.append(["longer", "b", "1"])
    table.append(["", "", "1,234"])
    #expect(table.text == "A        LONG       N\nlonger   b          1\n                1,234")
    var empty = TextTable(["A", "B"])
    #expect(empty.text == "A   B")
    empty.append(["c", ""])
    #expect(empty.text == "A   B\nc")
  }
}
