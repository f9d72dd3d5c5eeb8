import Clibseccomp
import Glibc
import SyscallNames
import Testing

@Suite struct SyscallTableTests {
  static func names(_ number: Int64, _ arch: UInt32, _ table: inout SyscallTable) -> (String, String) {
    let found = table.lookUp(number, arch: arch)
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
    "Syscalls that are newer than the library have names",
    arguments: [
      (453, 0xc000_003e, "map_shadow_stack"), (454, 0xc000_003e, "futex_wake"), (462, 0xc000_00b7, "mseal"),
      (468, 0xc000_003e, "file_getattr"), (469, 0x4000_0003, "file_setattr"),
      (469, 0xc000_00f3, "file_setattr"), (467, 0x4000_0028, "open_tree_attr"),
      (335, 0xc000_003e, "uretprobe"),
      (336, 0xc000_003e, "uprobe"), (0x4000_0000 + 463, 0xc000_003e, "setxattrat"),
      // MIPS counts from 4000, or 5000 with 64 bits.
      (4452, 0x4000_0008, "fchmodat2"), (5452, 0xc000_0008, "fchmodat2"),
    ] as [(Int64, UInt32, String)])
  func newer(number: Int64, arch: UInt32, syscall: String) {
    var table = SyscallTable()
    #expect(Self.names(number, arch, &table).1 == syscall)
  }

  @Test("An unknown number, including an old one of another machine, has no name")
  func unknownNewer() {
    var table = SyscallTable()
    for (number, arch) in [(472, 0xc000_003e), (335, 0xc000_00b7), (350, 0xc000_003e), (295, 0xc000_0102)]
      as [(Int64, UInt32)]
    {
      #expect(Self.names(number, arch, &table).1 == "")
    }
  }

  @Test(
    "LoongArch has the numbers that all new machines share",
    arguments: [
      (172, "getpid"), (63, "read"), (221, "execve"), (435, "clone3"), (469, "file_setattr"),
      // That is riscv_flush_icache on another machine.
      (259, ""),
    ] as [(Int64, String)])
  func loongArch(number: Int64, syscall: String) {
    var table = SyscallTable()
    #expect(Self.names(number, 0xc000_0102, &table) == ("loongarch64", syscall))
  }

  @Test("Where the library has a name for a shared number, the table has the same")
  func agreement() throws {
    var found = 0
    for (machine, first) in [
      ("x86_64", 0), ("x86", 0), ("aarch64", 0), ("arm", 0), ("riscv64", 0), ("s390x", 0), ("ppc64le", 0),
      ("mips", 4000), ("mips64", 5000), ("x32", 0x4000_0000),
    ] as [(String, Int32)] {
      let token = unsafe seccomp_arch_resolve_name(machine)
      for number in 330..<600 as Range<Int32> {
        guard let ours = NewerSyscalls.name(of: Int64(number), on: machine),
          let text = unsafe seccomp_syscall_resolve_num_arch(token, first + number)
        else { continue }
        defer { unsafe free(text) }
        let theirs = unsafe String(cString: text)
        #expect(theirs == ours, "\(machine) \(number)")
        found += 1
      }
    }
    // libseccomp 2.5.4 knows them up to 449 or 450.
    #expect(found > 200)
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
    let found = table.lookUp(39, arch: arch)
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
    _ = table.lookUp(0, arch: 0xc000_003e)
    let before = table.names.count
    for number in 2000..<12_000 as Range<Int64> { _ = table.lookUp(number, arch: 0xc000_003e) }
    #expect(table.names.count == before)
    #expect(Self.names(39, 0xc000_003e, &table).1 == "getpid")
  }

  @Test(
    "Far numbers with a name are still found after many made-up numbers, and do not fill the memory either")
  func farAfterMadeUp() {
    var table = SyscallTable()
    for number in 2000..<12_000 as Range<Int64> { _ = table.lookUp(number, arch: 0x4000_0028) }
    #expect(Self.names(0x0f_0002, 0x4000_0028, &table).1 == "cacheflush")
    let before = table.names.count
    for _ in 0..<10 { _ = table.lookUp(0x0f_0002, arch: 0x4000_0028) }
    #expect(table.names.count == before)
  }
}
