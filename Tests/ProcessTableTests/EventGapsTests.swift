import ProcessTable
import Testing

@Suite struct EventGapsTests {
  @Test func `before the first event, events are missing at all times`() {
    let gaps = EventGaps()
    #expect(gaps.end == .max)
    #expect(gaps.touch(from: 0, to: 1) && gaps.touch(from: .max - 1, to: .max))
  }

  @Test func `a gap begins with a loss and ends when no event is missing any more`() {
    var gaps = EventGaps()
    gaps.end(at: 100)
    #expect(gaps.end == 100)
    #expect(
      gaps.touch(from: 99, to: 200) && gaps.touch(from: 100, to: 200) && !gaps.touch(from: 101, to: 200))
    gaps.begin(at: 300)
    #expect(gaps.end == .max)
    #expect(
      !gaps.touch(from: 101, to: 299) && gaps.touch(from: 101, to: 300) && gaps.touch(from: 500, to: 600))
    gaps.end(at: 400)
    #expect(gaps.touch(from: 350, to: 360) && !gaps.touch(from: 401, to: 600))
  }

  @Test func `a loss within a gap prolongs it`() {
    var gaps = EventGaps()
    gaps.end(at: 100)
    gaps.begin(at: 300)
    gaps.begin(at: 350)
    gaps.end(at: 400)
    #expect(
      gaps.touch(from: 310, to: 320) && gaps.touch(from: 390, to: 500) && !gaps.touch(from: 401, to: 500))
    // The next loss is noticed late: it happened before the gap ended.
    gaps.begin(at: 250)
    #expect(
      gaps.touch(from: 260, to: 270) && gaps.touch(from: 500, to: 600) && !gaps.touch(from: 101, to: 249))
  }

  @Test func `no time passes without a gap if a gap ends before it begins`() {
    var gaps = EventGaps()
    gaps.end(at: 100)
    gaps.begin(at: 300)
    gaps.end(at: 200)
    #expect(gaps.end == 300)
    #expect(gaps.touch(from: 299, to: 300) && !gaps.touch(from: 301, to: 302))
  }

  @Test func `an empty span of time touches no gap`() {
    #expect(!EventGaps().touch(from: 5, to: 5) && !EventGaps().touch(from: 6, to: 5))
  }

  @Test func `of very many gaps the oldest become one, so that none is forgotten`() {
    var gaps = EventGaps()
    gaps.end(at: 0)
    for start in stride(from: 10, to: 1000, by: 10) as StrideTo<Int64> {
      gaps.begin(at: start)
      gaps.end(at: start + 1)
    }
    for start in stride(from: 10, to: 1000, by: 10) as StrideTo<Int64> {
      #expect(gaps.touch(from: start, to: start + 1))
    }
    // The latest ones are still apart.
    #expect(!gaps.touch(from: 982, to: 989))
  }
}
