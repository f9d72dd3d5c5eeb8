import MetricsEndpoint
import Testing

@Suite struct ConnectionRoomTests {
  private var room = ConnectionSlots<String>(maxCount: 3)

  /// Lets one in that has to be let in. Returns its number, and who left for it.
  private mutating func enter(_ name: String) throws -> (number: Int, leaving: String?) {
    let entry = room.enter(name)
    return try #require(entry)
  }

  /// Lets in `a`, `b` and `c`, for whom there is room.
  private mutating func fill() throws -> [Int] {
    var numbers: [Int] = []
    for name in ["a", "b", "c"] {
      let (number, leaving) = try enter(name)
      #expect(leaving == nil)
      numbers.append(number)
    }
    return numbers
  }

  @Test("The oldest that says nothing leaves for a new one, one after the other")
  mutating func idle() throws {
    _ = try fill()
    for (name, oldest) in [("d", "a"), ("e", "b"), ("f", "c"), ("g", "d")] {
      let leaving = try enter(name).leaving
      #expect(leaving == oldest)
    }
  }

  @Test("One that has its answer leaves where all have said what they want")
  mutating func taking() throws {
    let numbers = try fill()
    room.set(numbers[0], .taking)
    room.set(numbers[1], .waiting)
    let d = try enter("d")
    #expect(d.leaving == "c")
    let e = try enter("e")
    #expect(e.leaving == "d")
    room.set(e.number, .waiting)
    let f = try enter("f")
    #expect(f.leaving == "a")
  }

  @Test("Nobody leaves before its answer is made; who has left makes room")
  mutating func waiting() throws {
    let numbers = try fill()
    for number in numbers { room.set(number, .waiting) }
    let refused = room.enter("d")
    #expect(refused == nil)
    room.leave(numbers[1])
    let d = try enter("d")
    #expect(d.leaving == nil)
    let e = try enter("e")
    #expect(e.leaving == "d")
  }
}
