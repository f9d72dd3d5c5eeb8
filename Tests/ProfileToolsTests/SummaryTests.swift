import ProfileTools
import Testing

@Suite struct SummaryTests {
  private static let lines =
    line("openat", count: 12034) + line("read", count: 5)
    + line("read", pod: "db", container: "sql", node: "n2")
    + lossLine
    + #"{"type":"suppressed","node":"n1","namespace":"prod","pod":"db","container":"sql","suppressed":8}"#
    + "\n" + #"{"type":"seccomp","syscallID":9999,"arch":"x86_64","syscallName":"unknown"}"# + "\n"

  private func summary(_ properties: [Summary.Property]) throws -> Summary {
    Summary(try readInputs([Self.lines]).observations, by: properties)
  }

  @Test("The table has most records first, and rows for what was lost")
  func table() throws {
    #expect(
      try summary([.container, .syscall]).table() == """
        NAMESPACE   POD                   CONTAINER   SYSCALL          RECORDS
        prod        web-7d4b9c6f5-x2x9z   app         openat            12,034
        prod        web-7d4b9c6f5-x2x9z   app         read                   5
        -           -                     -           9999 (x86_64)          1
        prod        db                    sql         read                   1
        -           -                     -           (lost: socket)    69,234
        prod        db                    sql         (suppressed)           8
        containers: 2, syscalls: 3, records: 12,041; lost: 69,234, suppressed: 8
        2025-11-29T20:50:09Z to 2025-11-29T20:50:09Z
        """)
  }

  @Test("Rows beyond the limit are summed up")
  func top() throws {
    #expect(
      try summary([.syscall]).table(top: 1) == """
        SYSCALL          RECORDS
        openat            12,034
        (lost: socket)    69,234
        (suppressed)           8
        and 2 more rows with 7 records (see --top)
        containers: 2, syscalls: 3, records: 12,041; lost: 69,234, suppressed: 8
        2025-11-29T20:50:09Z to 2025-11-29T20:50:09Z
        """)
  }

  @Test("Rows are by any properties; JSON has all of them")
  func json() throws {
    #expect(
      try summary([.node, .action]).json() == """
        {"rows":[{"node":"n1","action":"log","records":12039,"first":"2025-11-29T20:50:09Z","last":"2025-11-29T20:50:09Z"},\
        {"node":"","action":"","records":1},\
        {"node":"n2","action":"log","records":1,"first":"2025-11-29T20:50:09Z","last":"2025-11-29T20:50:09Z"},\
        {"node":"n1","action":"","lostAt":"socket","records":69234},\
        {"node":"n1","action":"","lostAt":"suppressed","records":8}],\
        "containers":2,"syscalls":3,"records":12041,"lost":69234,"suppressed":8}
        """)
  }
}
