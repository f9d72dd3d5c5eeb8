import ProfileCompiler

/// Tests seccomp filters. A program that is accepted must come to an end, and what it does with known arguments must be among what it does
/// with unknown ones.
enum FilterTarget {
  static func test(_ bytes: borrowing Span<UInt8>) {
    guard let program = FilterProgram(bytes) else { return }
    for (arch, number) in [(0xc000_003e, 59), (0x4000_0003, 0), (0, 0xffff_ffff)] as [(UInt32, UInt32)] {
      let any = program.outcomes(of: FilterProgram.Call(arch: arch, number: number))
      let known = program.outcomes(
        of: FilterProgram.Call(arch: arch, number: number, arguments: [0, 1, .max, 1 << 32, 8, 255]))
      precondition(!known.isEmpty && any.isSuperset(of: known))
    }
  }
}
