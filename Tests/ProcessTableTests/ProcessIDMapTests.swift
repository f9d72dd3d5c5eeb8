import ProcessTable
import TestSupport
import Testing

struct ProcessIDMapTests {
  @Test func holdsWhatADictionaryWouldHold() {
    var random = SeededGenerator(seed: 1)
    var map = ProcessIDMap<Int>()
    var expected: [Int32: Int] = [:]
    for step in 0..<20_000 {
      // Some IDs are next to each other, and some are far apart.
      let pid = Int32.random(in: 0..<64, using: &random) << (Bool.random(using: &random) ? 0 : 16)
      switch Int.random(in: 0..<6, using: &random) {
      case 0, 1:
        map[pid] = step
        expected[pid] = step
      case 2:
        map[pid] = nil
        expected[pid] = nil
      case 3:
        #expect(map.removeValue(for: pid) == expected.removeValue(forKey: pid))
      case 4:
        map[pid]? += 1
        expected[pid]? += 1
      default:
        map[pid, default: 7] += 1
        expected[pid, default: 7] += 1
      }
      #expect(map[pid] == expected[pid])
      #expect(map.count == expected.count && map.isEmpty == expected.isEmpty)
    }
    #expect(Dictionary(uniqueKeysWithValues: map.map { ($0.pid, $0.value) }) == expected)
    #expect(map.pids.sorted() == expected.keys.sorted())
    #expect(map.values.sorted() == expected.values.sorted())
  }

  @Test(arguments: [-1, Int32.min, 1 << 22, .max])
  func anIDThatNoProcessCanHaveTakesNoValue(pid: Int32) {
    var map = ProcessIDMap<Int>()
    map[pid] = 1
    map[pid, default: 2] += 1
    map[(1 << 22) - 1] = 3
    #expect(map[pid] == nil && map.count == 1 && map[(1 << 22) - 1] == 3)
  }

  @Test func aValueThatIsSetToNilInPlaceIsRemoved() {
    var map = ProcessIDMap<Int>()
    map[1] = 1
    map[2] = 2
    func forget(_ value: inout Int?) { value = nil }
    forget(&map[1])
    forget(&map[3])
    #expect(map.pids == [2] && map[1] == nil && map[2] == 2)
  }
}
