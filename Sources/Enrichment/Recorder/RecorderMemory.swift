internal import Cgroups
package import LinuxSystem
internal import Recordings
package import SystemPackage

/// The memory of a recorder: its recordings, a fixed table of calls for each, and the containers that are recorded.
///
/// It is a file that systemd keeps open, so a service that was killed continues with it: no syscall that was recorded is lost. What it
/// contains is then validated like any external input. A call and its count are one number, so that no half of them can be found.
package final class RecorderMemory {
  package let memory: SharedMemory
  /// Whether the memory is that of an earlier run.
  package let isInherited: Bool

  package static let name = "recordings"
  package static let maxRecordings = 1000
  /// Of a container that has ended, the entry is used again.
  static let maxContainers = 2048
  static let maxArchitectures = 15

  /// The calls of each recording. A power of two, of which not all may be used, so that each search ends.
  static let cells = 256
  static let maxUsed = 240

  /// Increment the version whenever an offset or the meaning of a number changes.
  private static let format = SharedMemory.Format(magic: 0x6f63_6572_2d65_6161, version: 2)

  private enum Offset {
    // The format's numbers are before these.
    /// When the recorder began to see all records, in milliseconds since 1970.
    static let began = 16
    static let architectures = 128
    static let losses = 256
    static let recordings = 4096
    static let containers = recordings + RecorderMemory.maxRecordings * Slot.size
    static let end = containers + RecorderMemory.maxContainers * Entry.size
  }

  /// A recording's lengths of names, its names, and its calls.
  private enum Slot {
    static let lengths = 0
    static let names = 8
    static let cells = 512
    static let size = cells + RecorderMemory.cells * 8
  }

  /// A container's ID, its recording, what is known of it, and a bit for each of the recording's calls that it has made.
  private enum Entry {
    static let id = 0
    static let recording = 64
    static let state = 72
    static let bits = 80
    static let size = bits + RecorderMemory.cells / 8
  }

  /// Creates memory that no other process keeps yet. `began` is the time from which on no record is missed.
  package init(began: Int64) throws(Errno) {
    memory = try SharedMemory(name: Self.name, size: Offset.end, format: Self.format)
    isInherited = false
    memory.store(UInt64(max(0, began)), at: Offset.began)
  }

  /// Adopts the memory that another process left; nil if it has another format or version, or is damaged.
  package init?(inherited fd: Int32) {
    guard let memory = SharedMemory(adopting: fd, size: Offset.end, format: Self.format) else { return nil }
    self.memory = memory
    isInherited = true
    for index in 0..<Self.maxArchitectures where architecture(index) > ArchitectureToken.max { return nil }
  }

  /// From when on no record is missed, in milliseconds since 1970.
  package var began: Int64 {
    get { Int64(clamping: memory.number(at: Offset.began)) }
    set { memory.store(UInt64(max(0, newValue)), at: Offset.began) }
  }

  // MARK: Architectures

  /// The AUDIT_ARCH_* token of an architecture's index; 0 if the index is free.
  func architecture(_ index: Int) -> UInt64 { memory.number(at: Offset.architectures + index * 8) }

  func setArchitecture(_ index: Int, _ token: UInt64) {
    memory.store(token, at: Offset.architectures + index * 8)
  }

  // MARK: Losses

  /// What is counted as a loss: the gaps of which the memory has counts.
  static let gaps: [Recording.Gap] =
    [.unresolved] + ["socket", "kernel", "memory", "rotation", "serial-gap"].map { .lost(at: $0) }

  /// The losses of a gap's index that may not be in files yet.
  func losses(_ gap: Int) -> UInt64 { memory.number(at: Offset.losses + gap * 8) }

  func setLosses(_ gap: Int, _ count: UInt64) { memory.store(count, at: Offset.losses + gap * 8) }

  // MARK: Recordings

  /// The names of a recording and the kind of its workload; nil if the slot is free or damaged.
  func subject(of slot: Int) -> (RecordingSubject, kind: String)? {
    let start = Offset.recordings + slot * Slot.size
    let lengths = memory.number(at: start + Slot.lengths)
    guard lengths > 0 else { return nil }
    var texts: [String] = []
    var offset = start + Slot.names
    for part in 0..<4 {
      let length = Int(lengths >> (16 * UInt64(part)) & 0xffff)
      guard offset + length <= start + Slot.cells else { return nil }
      texts.append(
        memory.withBytes(offset..<offset + length) { bytes in
          String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self)
        })
      offset += length
    }
    guard let subject = RecordingSubject(namespace: texts[0], workload: texts[1], container: texts[2]) else {
      return nil
    }
    return (subject, texts[3])
  }

  func setSubject(of slot: Int, _ subject: RecordingSubject, kind: String) {
    let start = Offset.recordings + slot * Slot.size
    var (lengths, offset): (UInt64, Int) = (0, start + Slot.names)
    // Valid names and kinds are shorter than the space for them.
    for (part, text) in (subject.names + [kind]).enumerated() {
      memory.copy(Array(text.utf8).span, to: offset)
      lengths |= UInt64(text.utf8.count) << (16 * UInt64(part))
      offset += text.utf8.count
    }
    memory.store(lengths, at: start + Slot.lengths)
  }

  func clear(_ slot: Int) {
    let start = Offset.recordings + slot * Slot.size
    memory.store(0, at: start + Slot.lengths)
    for index in 0..<Self.cells { memory.store(0, at: start + Slot.cells + index * 8) }
  }

  /// The offset of a recording's first cell.
  static func cells(of slot: Int) -> Int { Offset.recordings + slot * Slot.size + Slot.cells }

  /// The recording whose first cell is at an offset.
  static func slot(at offset: Int) -> Int { (offset - Slot.cells - Offset.recordings) / Slot.size }

  // MARK: Containers

  /// A container's ID, its recording and state; nil if the entry is free or damaged.
  func container(_ index: Int) -> (id: ContainerID, slot: Int, state: UInt64)? {
    let start = Offset.containers + index * Entry.size
    let slot = memory.number(at: start + Entry.recording)
    guard slot > 0, slot <= UInt64(Self.maxRecordings),
      let id = memory.withBytes(
        start + Entry.id..<start + Entry.recording,
        { bytes in
          ContainerID(bytes.indices.map { bytes[$0] })
        })
    else { return nil }
    return (id, Int(slot) - 1, memory.number(at: start + Entry.state))
  }

  func setContainer(_ index: Int, _ id: ContainerID, slot: Int, state: UInt64) {
    let start = Offset.containers + index * Entry.size
    memory.copy(Array("\(id)".utf8).span, to: start + Entry.id)
    for word in 0..<Self.cells / 64 { memory.store(0, at: start + Entry.bits + word * 8) }
    memory.store(state, at: start + Entry.state)
    memory.store(UInt64(slot + 1), at: start + Entry.recording)
  }

  func forgetContainer(_ index: Int) {
    memory.store(0, at: Offset.containers + index * Entry.size + Entry.recording)
  }

  func setState(of index: Int, _ state: UInt64) {
    memory.store(state, at: Offset.containers + index * Entry.size + Entry.state)
  }

  func state(of index: Int) -> UInt64 {
    memory.number(at: Offset.containers + index * Entry.size + Entry.state)
  }

  /// The offset of the bits of a container.
  static func bits(of index: Int) -> Int { Offset.containers + index * Entry.size + Entry.bits }

  /// The container whose bits are at an offset.
  static func container(at offset: Int) -> Int { (offset - Entry.bits - Offset.containers) / Entry.size }
}
