/// A seccomp filter as the kernel gets it: a program of classic BPF.
// See: struct sock_filter in linux/filter.h, and seccomp_check_filter() in kernel/seccomp.c for what a filter may have
package struct FilterProgram: Equatable, Sendable {
  private struct Instruction: Equatable, Sendable {
    var code: UInt16
    var whenTrue: UInt8
    var whenFalse: UInt8
    var k: UInt32
  }

  /// A call of which the arguments may be known.
  package struct Call: Sendable {
    /// The `AUDIT_ARCH_*` token of its machine.
    package var arch: UInt32
    package var number: UInt32
    /// All six; nil if they are not known.
    package var arguments: [UInt64]?

    package init(arch: UInt32, number: UInt32, arguments: [UInt64]? = nil) {
      self.arch = arch
      self.number = number
      self.arguments = arguments
    }
  }

  /// The program as the kernel gets it.
  package let bytes: [UInt8]
  private let instructions: [Instruction]

  /// The bytes of an instruction.
  static let instructionSize = 8
  /// See: BPF_MAXINSNS in linux/bpf_common.h
  static let maxInstructions = 4096

  package var count: Int { instructions.count }

  /// Reads a program in this machine's byte order. Nil if the kernel would not accept it, or if it has instructions that libseccomp does
  /// not generate.
  package init?(_ bytes: borrowing Span<UInt8>) {
    guard bytes.count > 0, bytes.count % Self.instructionSize == 0,
      bytes.count <= Self.instructionSize * Self.maxInstructions
    else { return nil }
    func number(_ offset: Int, _ size: Int) -> UInt32 {
      (0..<size).reduce(0) { $0 | UInt32(bytes[offset + $1]) << (8 * UInt32($1)) }
    }
    self.bytes = bytes.indices.map { bytes[$0] }
    instructions = stride(from: 0, to: bytes.count, by: Self.instructionSize).map { offset in
      Instruction(
        code: UInt16(truncatingIfNeeded: number(offset, 2)), whenTrue: bytes[offset + 2],
        whenFalse: bytes[offset + 3], k: number(offset + 4, 4))
    }
    for (index, instruction) in instructions.enumerated() where !isValid(instruction, at: index) {
      return nil
    }
  }

  private func isValid(_ instruction: Instruction, at index: Int) -> Bool {
    let left = instructions.count - index - 1
    return switch instruction.code {
    case Code.load: instruction.k % 4 == 0 && instruction.k < 64 && left > 0
    case Code.and, Code.or: left > 0
    case Code.jump: Int(instruction.k) < left
    case Code.jumpEqual, Code.jumpGreater, Code.jumpGreaterOrEqual, Code.jumpSet:
      Int(max(instruction.whenTrue, instruction.whenFalse)) < left
    case Code.return: true
    default: false
    }
  }

  /// See: linux/bpf_common.h
  private enum Code {
    static let load: UInt16 = 0x20
    static let and: UInt16 = 0x54
    static let or: UInt16 = 0x44
    static let jump: UInt16 = 0x05
    static let jumpEqual: UInt16 = 0x15
    static let jumpGreater: UInt16 = 0x25
    static let jumpGreaterOrEqual: UInt16 = 0x35
    static let jumpSet: UInt16 = 0x45
    static let `return`: UInt16 = 0x06
  }

  /// A place in the program, and the accumulator there; nil if it is not known.
  private struct State: Hashable {
    var index: Int
    var accumulator: UInt32?
  }

  /// All values that the filter may return for a call. There are several only if they depend on what is not known of it.
  package func outcomes(of call: Call) -> Set<UInt32> {
    var outcomes: Set<UInt32> = []
    var pending = [State(index: 0, accumulator: 0)]
    var visited: Set<State> = []
    while let state = pending.popLast() {
      guard visited.insert(state).inserted else { continue }
      let instruction = instructions[state.index]
      switch instruction.code {
      case Code.load:
        pending.append(State(index: state.index + 1, accumulator: call.word(at: instruction.k)))
      case Code.and:
        pending.append(
          State(index: state.index + 1, accumulator: state.accumulator.map { $0 & instruction.k }))
      case Code.or:
        pending.append(
          State(index: state.index + 1, accumulator: state.accumulator.map { $0 | instruction.k }))
      case Code.jump:
        pending.append(State(index: state.index + 1 + Int(instruction.k), accumulator: state.accumulator))
      case Code.return: outcomes.insert(instruction.k)
      default:
        let isTrue = state.accumulator.map { Self.compare($0, instruction) }
        if isTrue != false {
          pending.append(
            State(index: state.index + 1 + Int(instruction.whenTrue), accumulator: state.accumulator))
        }
        if isTrue != true {
          pending.append(
            State(index: state.index + 1 + Int(instruction.whenFalse), accumulator: state.accumulator))
        }
      }
    }
    return outcomes
  }

  private static func compare(_ accumulator: UInt32, _ instruction: Instruction) -> Bool {
    switch instruction.code {
    case Code.jumpEqual: accumulator == instruction.k
    case Code.jumpGreater: accumulator > instruction.k
    case Code.jumpGreaterOrEqual: accumulator >= instruction.k
    default: accumulator & instruction.k != 0
    }
  }
}

extension FilterProgram.Call {
  /// The word at an offset of `struct seccomp_data` on a machine with the low byte first; nil if it is not known.
  // See: linux/seccomp.h
  fileprivate func word(at offset: UInt32) -> UInt32? {
    switch offset {
    case 0: return number
    case 4: return arch
    case 16...:
      guard let arguments else { return nil }
      let argument = arguments[Int(offset - 16) / 8]
      return UInt32(truncatingIfNeeded: offset % 8 == 0 ? argument : argument >> 32)
    // The instruction pointer.
    default: return nil
    }
  }
}
