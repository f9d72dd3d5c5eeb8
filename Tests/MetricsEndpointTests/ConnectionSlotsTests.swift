import MetricsEndpoint
import Testing

@Suite struct ConnectionSlotsTests {
  private var slots = ConnectionSlots<String>(maxCount: 3)

  /// Admits a connection, which must succeed. Returns its number, and the connection that was closed for it.
  private mutating func enter(_ name: String) throws -> (number: Int, leaving: String?) {
    let entry = slots.enter(name)
    return try #require(entry)
  }

  /// Admits `a`, `b` and `c`, for which there are slots.
  private mutating func fill() throws -> [Int] {
    var numbers: [Int] = []
    for name in ["a", "b", "c"] {
      let (number, leaving) = try enter(name)
      #expect(leaving == nil)
      numbers.append(number)
    }
    return numbers
  }

  @Test("The oldest connection without a complete request is closed for a new one, one after the other")
  mutating func idle() throws {
    _ = try fill()
    for (name, oldest) in [("d", "a"), ("e", "b"), ("f", "c"), ("g", "d")] {
      let leaving = try enter(name).leaving
      #expect(leaving == oldest)
    }
  }

  @Test("If all requests are complete, a connection that is being sent its answer is closed")
  mutating func taking() throws {
    let numbers = try fill()
    slots.set(numbers[0], .sending)
    slots.set(numbers[1], .waiting)
    let d = try enter("d")
    #expect(d.leaving == "c")
    let e = try enter("e")
    #expect(e.leaving == "d")
    slots.set(e.number, .waiting)
    let f = try enter("f")
    #expect(f.leaving == "a")
  }

  @Test("No connection is closed before its answer is prepared, and a closed one frees its slot")
  mutating func waiting() throws {
    let numbers = try fill()
    for number in numbers { slots.set(number, .waiting) }
    let refused = slots.enter("d")
    #expect(refused == nil)
    slots.leave(numbers[1])
    let d = try enter("d")
    #expect(d.leaving == nil)
    let e = try enter("e")
    #expect(e.leaving == "d")
  }
}
