package import AuditRecord
internal import LinuxSystem
internal import Recordings

/// What is done for each record.
extension Recorder {
  /// So many unnamed numbers have a cell of their own; a process can invent any.
  private static var maxUnnamed: Int { RecorderMemory.maxUsed - 80 }

  /// Counts a record of a container. `time` is in milliseconds since 1970.
  package mutating func count(_ record: TallyKey, by caller: SyscallCaller, of target: Target, at time: Int64)
  {
    // Most records are of the machine of the last one, were logged, and have their cell where it is searched first.
    if UInt64(record.arch) == lastToken, record.action == CellKey.usualAction,
      UInt64(bitPattern: record.syscall) < CellKey.otherNumber
    {
      let bits = CellKey.usualBits(caller, lastArchitecture, UInt32(truncatingIfNeeded: record.syscall))
      let cell = CellKey.firstCell(bits)
      let content = numbers[Int(target.cells) + cell]
      // The largest count stays, which is no matter for the fast way.
      if UInt32(truncatingIfNeeded: content >> 32) == bits, UInt32(truncatingIfNeeded: content) != .max,
        target.bits != 0, numbers[Int(target.bits) + cell / 64] & 1 << UInt64(cell % 64) != 0
      {
        numbers[Int(target.cells) + cell] = content + 1
        hasCounts = true
        return
      }
    }
    search(record, by: caller, of: target, at: time)
  }

  /// Counts a record in any case.
  @inline(never)
  private mutating func search(
    _ record: TallyKey, by caller: SyscallCaller, of target: Target, at time: Int64
  ) {
    var key: CellKey?
    if UInt64(record.arch) == lastToken {
      key = CellKey(caller: caller, code: record.action, arch: lastArchitecture, number: record.syscall)
    }
    count(key ?? findKey(of: record, by: caller), of: target, at: time)
  }

  private mutating func count(_ key: CellKey, of target: Target, at time: Int64) {
    hasCounts = true
    var cell = key.firstCell
    while true {
      let index = Int(target.cells) + cell
      let content = numbers[index]
      if UInt32(truncatingIfNeeded: content >> 32) == key.bits {
        // The largest number stays.
        if UInt32(truncatingIfNeeded: content) != .max { numbers[index] = content + 1 }
        guard target.bits != 0 else { return }
        if numbers[Int(target.bits) + cell / 64] & 1 << UInt64(cell % 64) == 0 {
          note(key, cell, of: target, at: time)
        }
        return
      }
      if content == 0 { return add(key, cell, of: target, at: time) }
      cell = (cell + 1) % RecorderMemory.cells
    }
  }

  /// The key of a record whose architecture is not the last one, or whose number is that of no syscall.
  @inline(never)
  private mutating func findKey(of record: TallyKey, by caller: SyscallCaller) -> CellKey {
    let token = ArchitectureToken(of: record)
    for index in 0..<RecorderMemory.maxArchitectures {
      let known = memory.architecture(index)
      if known == 0 { memory.setArchitecture(index, token.bits) }
      guard known == 0 || known == token.bits else { continue }
      // The next record of this machine needs no search. Those of x32 have the same `arch` as those of x86_64.
      if !token.isX32 { (lastToken, lastArchitecture) = (token.bits, UInt32(index)) }
      return CellKey(
        caller: caller, code: record.action, arch: UInt32(index), number: token.number(of: record))
        ?? .others(caller: caller, code: record.action)
    }
    return .others(caller: caller, code: record.action)
  }

  /// Adds a call that the recording does not have, at a free cell.
  @inline(never)
  private mutating func add(_ key: CellKey, _ cell: Int, of target: Target, at time: Int64) {
    let used = slots[target.slot]?.used ?? RecorderMemory.maxUsed
    let isNamed = name(of: key) != nil
    guard key.isOthers || used < (isNamed ? RecorderMemory.maxUsed - 16 : Self.maxUnnamed) else {
      return count(key.others, of: target, at: time)
    }
    numbers[Int(target.cells) + cell] = UInt64(key.bits) << 32 | 1
    slots[target.slot]?.used += 1
    if !key.isOthers { newSyscalls += 1 }
    firsts.append(First(slot: target.slot, key: key, time: time, isNew: true))
    newSlots.insert(target.slot)
    if target.bits != 0 { note(key, cell, of: target, at: time) }
  }

  /// Notes that a container has made a call for the first time.
  @inline(never)
  private mutating func note(_ key: CellKey, _ cell: Int, of target: Target, at time: Int64) {
    numbers[Int(target.bits) + cell / 64] |= 1 << UInt64(cell % 64)
    firsts.append(First(slot: target.slot, key: key, time: time, isNew: false))
    newSlots.insert(target.slot)
    let state = memory.state(of: Int(target.container))
    guard state == 0 else { return }
    if key.caller == .program {
      noteStart(.startUnseen, State.startUnseen, of: target)
    } else if name(of: key) == "execve" {
      noteStart(.started, State.started, of: target)
    }
  }

  private mutating func noteStart(_ kind: RecorderUpdate.Event.Kind, _ state: UInt64, of target: Target) {
    memory.setState(of: Int(target.container), state)
    guard let slot = slots[target.slot], let id = memory.container(Int(target.container))?.id else { return }
    pending.events.append(RecorderUpdate.Event(kind: kind, subject: slot.subject, id: id.short))
  }
}
