import SyscallNames
import Testing

@Suite struct SyscallTableTests {
  static func names(_ number: Int64, _ arch: UInt32, _ table: inout SyscallTable) -> (String, String) {
    let found = table.look(up: number, arch: arch)
    return (
      String(decoding: table.names[found.arch.range], as: UTF8.self),
      String(decoding: table.names[found.syscall.range], as: UTF8.self)
    )
  }

  @Test(
    "A syscall is named by the machine that its record names",
    arguments: [
      (39, 0xc000_003e, "x86_64", "getpid"), (0, 0xc000_003e, "x86_64", "read"),
      (20, 0x4000_0003, "x86", "getpid"), (39, 0x4000_0003, "x86", "mkdir"),
      (0x4000_0027, 0xc000_003e, "x32", "getpid"), (172, 0xc000_00b7, "aarch64", "getpid"),
      (20, 0x4000_0028, "arm", "getpid"), (172, 0xc000_00f3, "riscv64", "getpid"),
      (20, 0x8000_0016, "s390x", "getpid"), (20, 0xc000_0015, "ppc64le", "getpid"),
    ] as [(Int64, UInt32, String, String)])
  func named(number: Int64, arch: UInt32, machine: String, syscall: String) {
    var table = SyscallTable()
    #expect(Self.names(number, arch, &table) == (machine, syscall))
  }

  @Test(
    "A number that no syscall has keeps its machine's name",
    arguments: [-1, 511, 1023, 1024, 100_000, 0x3fff_ffff, .max, .min, -100] as [Int64])
  func unknownNumber(number: Int64) {
    var table = SyscallTable()
    #expect(Self.names(number, 0xc000_003e, &table).1 == "")
    // The highest number has the bit of x32 set.
    #expect(Self.names(number, 0xc000_003e, &table).0 == (number == .max ? "x32" : "x86_64"))
  }

  @Test("A machine that the library does not know has no name", arguments: [0, 1, .max] as [UInt32])
  func unknownMachine(arch: UInt32) {
    var table = SyscallTable()
    let found = table.look(up: 39, arch: arch)
    #expect(!found.arch.isKnown)
    #expect(!found.syscall.isKnown)
  }

  @Test("Numbers far from the others are found: those that ARM keeps for itself")
  func farNumber() {
    var table = SyscallTable()
    #expect(Self.names(0x0f_0002, 0x4000_0028, &table) == ("arm", "cacheflush"))
    #expect(Self.names(0x0f_0002, 0x4000_0028, &table) == ("arm", "cacheflush"))
  }

  @Test("Made-up numbers do not fill the memory")
  func madeUp() {
    var table = SyscallTable()
    _ = table.look(up: 0, arch: 0xc000_003e)
    let before = table.names.count
    for number in 2000..<12_000 as Range<Int64> { _ = table.look(up: number, arch: 0xc000_003e) }
    #expect(table.names.count == before)
    #expect(Self.names(39, 0xc000_003e, &table).1 == "getpid")
  }

  @Test("Nor do far ones that have a name, however many have been made up before")
  func farAfterMadeUp() {
    var table = SyscallTable()
    for number in 2000..<12_000 as Range<Int64> { _ = table.look(up: number, arch: 0x4000_0028) }
    #expect(Self.names(0x0f_0002, 0x4000_0028, &table).1 == "cacheflush")
    let before = table.names.count
    for _ in 0..<10 { _ = table.look(up: 0x0f_0002, arch: 0x4000_0028) }
    #expect(table.names.count == before)
  }
}
