internal import AuditRecord
internal import Recordings
internal import SyscallNames

/// What was counted, by names, and what an earlier run has left.
extension Recorder {
  /// The counts of some recordings, which begin anew.
  mutating func counts(of slots: [Int32], at time: Int64) -> [RecorderUpdate.Count] {
    var news: [Int32: [CellKey: (time: Int64, containers: UInt64)]] = [:]
    for first in firsts {
      var new = news[first.slot]?[first.key] ?? (time: 0, containers: 0)
      if first.isNew { new.time = first.time } else { new.containers += 1 }
      news[first.slot, default: [:]][first.key] = new
    }
    var counts: [RecorderUpdate.Count] = []
    for slot in slots {
      guard let subject = self.slots[slot]?.subject else { continue }
      for (key, count) in drainCells(of: slot) {
        let new = news[slot]?[key]
        guard count > 0 || new != nil else { continue }
        counts.append(
          RecorderUpdate.Count(
            subject: subject, call: key.isOthers ? nil : call(of: key),
            tally: Recording.Tally(
              records: UInt64(count), instances: new?.containers ?? 0, first: new?.time ?? 0, last: time)))
      }
    }
    return counts
  }

  private func drainCells(of slot: Int32) -> [(CellKey, UInt32)] {
    let cells = RecorderMemory.cells(of: Int(slot))
    var found: [(CellKey, UInt32)] = []
    for cell in 0..<RecorderMemory.cells {
      let content = memory.memory.number(at: cells + cell * 8)
      guard let key = CellKey(bits: UInt32(truncatingIfNeeded: content >> 32)) else { continue }
      found.append((key, UInt32(truncatingIfNeeded: content)))
      memory.memory.store(UInt64(key.bits) << 32, at: cells + cell * 8)
    }
    return found
  }

  /// The syscall's name; nil if it has none.
  mutating func name(of key: CellKey) -> String? {
    guard key.arch < RecorderMemory.maxArchitectures else { return nil }
    let token = ArchitectureToken(bits: memory.architecture(key.arch))
    let found = syscalls.lookUp(token.recordNumber(key.number), arch: token.arch).syscall
    return found.isKnown ? String(decoding: syscalls.names[found.range], as: UTF8.self) : nil
  }

  private mutating func call(of key: CellKey) -> Recording.Call {
    let token = ArchitectureToken(bits: memory.architecture(key.arch))
    let number = token.recordNumber(key.number)
    let found = syscalls.lookUp(number, arch: token.arch)
    let name =
      found.syscall.isKnown ? String(decoding: syscalls.names[found.syscall.range], as: UTF8.self) : ""
    let arch =
      found.arch.isKnown
      ? String(decoding: syscalls.names[found.arch.range], as: UTF8.self) : String(token.arch, radix: 16)
    return Recording.Call(arch: arch, number: number, name: name, action: key.action, caller: key.caller)
  }

  /// What was lost since the last update.
  mutating func drainLosses() -> [Recording.Gap: UInt64] {
    var losses: [Recording.Gap: UInt64] = [:]
    for (index, gap) in RecorderMemory.gaps.enumerated() {
      let count = memory.losses(index)
      let new = count > reportedLosses[index] ? count - reportedLosses[index] : 0
      if count != new { memory.setLosses(index, new) }
      reportedLosses[index] = new
      if new > 0 { losses[gap] = new }
    }
    hasLosses = false
    return losses
  }

  // MARK: Recovery

  /// Finds the recordings of an earlier run. All their calls are in the next update, because it is not known which of them became a file.
  mutating func recoverSlots() {
    guard memory.isInherited else { return }
    for index in 0..<RecorderMemory.maxRecordings {
      // They are used in order.
      guard let (subject, kind) = memory.subject(of: index), indices[subject] == nil else { break }
      let slot = Int32(index)
      let cells = RecorderMemory.cells(of: index)
      var keys = Set<CellKey>()
      var free = 0
      for cell in 0..<RecorderMemory.cells {
        let content = memory.memory.number(at: cells + cell * 8)
        if content == 0 { free += 1 }
        if let key = CellKey(bits: UInt32(truncatingIfNeeded: content >> 32)) { keys.insert(key) }
      }
      // A search in a full table would not end.
      guard free >= RecorderMemory.cells - RecorderMemory.maxUsed, keys.count + free == RecorderMemory.cells
      else {
        memory.clear(index)
        break
      }
      slots[slot] = Slot(subject: subject, kind: kind, used: keys.count)
      indices[subject] = slot
      firsts += keys.map { First(slot: slot, key: $0, time: 0, isNew: true) }
    }
  }

  /// Finds the containers of an earlier run. What happened to them is in the next update, too; what is in files is known there. So are
  /// losses that may not be in files: rather twice than not at all.
  mutating func recoverContainers() {
    hasLosses = RecorderMemory.gaps.indices.contains { memory.losses($0) > 0 }
    // The first entries are used first.
    for index in (0..<RecorderMemory.maxContainers).reversed() {
      guard memory.isInherited, let (id, slotIndex, state) = memory.container(index),
        let slot = slots[Int32(slotIndex)], containers[id] == nil
      else {
        if memory.isInherited { memory.forgetContainer(index) }
        freeContainers.append(Int32(index))
        continue
      }
      containers[id] = Int32(index)
      slotOfContainer[Int32(index)] = Int32(slotIndex)
      pending.containers.append(
        RecorderUpdate.Container(
          subject: slot.subject, workloadKind: slot.kind, id: id.short, containerID: id, image: "",
          isFromStart: state & State.startedBefore == 0))
      for (bit, kind) in [
        (State.started, RecorderUpdate.Event.Kind.started), (State.startUnseen, .startUnseen),
      ]
      where state & bit != 0 {
        pending.events.append(RecorderUpdate.Event(kind: kind, subject: slot.subject, id: id.short))
      }
    }
  }
}
