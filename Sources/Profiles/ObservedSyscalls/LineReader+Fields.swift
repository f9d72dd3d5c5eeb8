internal import AuditRecord
internal import Recordings
internal import SyscallNames

extension LineReader {
  /// Keeps a value.
  mutating func put(_ key: LineKey, _ value: borrowing Span<UInt8>) throws(NamePool.Overflow) {
    switch key {
    case .timestamp:
      let time = LineTime.parse(value)
      if time > 0 { observation.last = time }
    case .firstTimestamp: observation.first = LineTime.parse(value)
    case .journalTime:
      // In microseconds. A record's own time is better.
      if observation.last == 0 { observation.last = max(0, LineTime.number(value) ?? 0) / 1000 }
    case .type: type = LineType(value)
    case .node: observation.node = try names.name(value)
    case .namespace: observation.namespace = try names.name(value)
    case .pod: observation.pod = try names.name(value)
    case .container: observation.container = try names.name(value)
    case .image: observation.image = try names.name(value)
    case .containerID: observation.containerID = try names.name(value)
    case .executable:
      guard keepsExecutables else { return }
      let count = names.count
      observation.executable = try executables < Self.maxExecutables ? names.name(value) : names.name("*")
      executables += names.count - count
    case .comm:
      if let runtime = Observation.Runtime(SyscallCaller(comm: value)) { observation.runtime = runtime }
    case .syscallID: observation.number = LineTime.number(value) ?? -1
    case .syscallName:
      isOfAnySyscall = value.isEmpty
      observation.syscall = value.isEmpty || value.equals("unknown") ? .none : try names.name(value)
    case .arch: observation.arch = try names.name(value)
    case .action: observation.action = SeccompAction.allCases.first { value.equals($0.name) }
    case .attribution: observation.isUnresolved = value.equals("unresolved")
    case .count: observation.count = UInt64(max(0, LineTime.number(value) ?? 1))
    case .suppressed: suppressed = UInt64(max(0, LineTime.number(value) ?? 0))
    case .place: place = try names.name(value)
    case .syscalls: listed.append(try names.name(value))
    case .message: message = value.indices.map { value[$0] }
    case .defaultAction: isProfile = true
    case .kind: isRecording = value.equals(Recording.kind)
    case .resource: break
    }
  }

  /// Decides what the fields of a line mean.
  mutating func finish() throws(NamePool.Overflow) -> LineContent {
    if observation.first == 0 { observation.first = observation.last }
    switch type {
    case .other: return .other
    case .loss: return place == .none ? .other : .loss
    case .merged: return .merged
    case .suppressed:
      guard let suppressed else { return .other }
      observation.count = suppressed
      return .suppressed
    case .none where place != .none && observation.syscall == .none:
      // Only the entries of the journal have no type. They have the names of a container whose records were left out.
      return names[place] == "suppressed" ? .suppressed : .loss
    case .seccomp, .none:
      if !listed.isEmpty { return .calls }
      if isOfAnySyscall, observation.number == -1 {
        (observation.number, observation.arch) = (Observations.otherNumbers, .none)
        return .calls
      }
      try nameArchitecture()
      if observation.syscall == .none { try nameSyscall() }
      return observation.syscall != .none || observation.number >= 0 && observation.arch != .none
        ? .calls : .other
    }
  }

  /// Replaces the kernel's token for an architecture, as some lines have it, by its name.
  private mutating func nameArchitecture() throws(NamePool.Overflow) {
    // Most lines have the one of the line before, and its name.
    guard observation.arch != .none, observation.arch != namedArchitecture else { return }
    guard let token = UInt32(names[observation.arch], radix: 16), token > 0xffff else {
      namedArchitecture = observation.arch
      return
    }
    let found = syscalls.lookUp(max(0, observation.number), arch: token).arch
    guard found.isKnown else { return }
    let bytes = syscalls.names
    observation.arch = try names.name(bytes.span.extracting(found.range))
  }

  private mutating func nameSyscall() throws(NamePool.Overflow) {
    guard let token = SyscallTable.token(of: names[observation.arch]) else { return }
    let found = syscalls.lookUp(observation.number, arch: token).syscall
    guard found.isKnown else { return }
    let bytes = syscalls.names
    observation.syscall = try names.name(bytes.span.extracting(found.range))
  }
}
