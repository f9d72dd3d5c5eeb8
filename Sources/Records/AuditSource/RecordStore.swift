package import LinuxSystem
internal import SystemPackage

/// The memory for everything that has been read but not written: the current batch, and records that wait for their container's names.
///
/// It is a file that another process such as systemd can keep open. If this process is killed, nothing is lost, because the next run
/// continues where it ended. What the next run finds may be incomplete, and it is validated like any external input. Lines may then
/// appear twice, because it is unknown how many of the last ones were written; none is omitted.
///
/// Used by one thread only.
package final class RecordStore {
  package let memory: SharedMemory
  /// Whether the memory was inherited with the data of another process, instead of created by this one.
  package private(set) var isInherited: Bool

  /// The range for waiting records. Only its first `touched` bytes may have been used.
  package let waiting: Range<Int>

  package enum Offset {
    // The format's numbers are before these.
    /// The number of slots at the start of the batch of which all lines are written.
    static let written = 16
    /// `drops` is the number of reported drops of the socket with the inode `socket`.
    static let socket = 24
    static let drops = 32
    static let touched = 40
    /// The number of runs that adopted the memory since records were last read from a socket.
    static let attempts = 48
    /// The number of records that were suppressed by their container's limit and not yet reported.
    static let suppressed = 56
    /// The number of records that were discarded and not yet reported.
    static let discarded = 64
    /// A bit for each slot of the batch whose record was counted, see `noteCounted`.
    static let counted = 72
    package static let buffers = 4096
  }

  /// Increment the version whenever an offset or the meaning of a field changes.
  private static let format = SharedMemory.Format(magic: 0x7363_6572_2d65_6161, version: 3)
  package static let slots = DatagramBuffers.slots
  /// The longest audit message with its header. See: MAX_AUDIT_MESSAGE_LENGTH in libaudit.h
  package static let slotSize = 9216
  static let firstSlot = (Offset.buffers + DatagramBuffers.size + 4095) & ~4095
  package static let slotBytes = firstSlot..<firstSlot + slots * slotSize
  private static let firstWaiting = (slotBytes.upperBound + 4095) & ~4095
  /// The size of the memory for waiting records.
  package static let waitingSize = 32 << 20
  package static let size = firstWaiting + waitingSize
  package static let name = "records"
  private static let maxAttempts = 3

  /// Creates memory that no other process keeps yet.
  package convenience init() throws(SourceError) {
    do throws(Errno) {
      self.init(
        memory: try SharedMemory(name: Self.name, size: Self.size, format: Self.format), isInherited: false)
    } catch {
      throw SourceError("cannot create memory for records", error, remedy: "is memfd_create(2) permitted?")
    }
  }

  /// Adopts the memory that another process left; nil if it has another format or version.
  package convenience init?(inherited fd: Int32) {
    guard let memory = SharedMemory(adopting: fd, size: Self.size) else { return nil }
    self.init(adopting: memory)
    memory.store(memory.number(at: Offset.attempts) &+ 1, at: Offset.attempts)
  }

  package convenience init?(adopting memory: SharedMemory) {
    guard memory.has(Self.format) else { return nil }
    self.init(memory: memory, isInherited: true)
  }

  private init(memory: SharedMemory, isInherited: Bool) {
    self.memory = memory
    self.isInherited = isInherited
    waiting = Self.firstWaiting..<Self.size
  }

  /// Whether the inherited records may have crashed the last runs. They must then be discarded, so that no record can keep the service
  /// from running.
  package var mayBeFatal: Bool { isInherited && memory.number(at: Offset.attempts) > Self.maxAttempts }

  /// Whether even the last run, which was to discard the records, may have crashed on them.
  package var crashedWhileCounting: Bool { memory.number(at: Offset.attempts) > Self.maxAttempts + 1 }

  /// Discards the inherited data, and counts the records for the next report.
  package func discard(_ records: UInt64) {
    discarded &+= records
    memory.discard(Offset.buffers..<Self.size)
    (written, touched, isInherited) = (0, 0, false)
    forgetAttempts()
  }

  /// The number of records in the batch that another process left unfinished.
  package var unfinished: Int { isInherited ? buffers.filled(from: written, to: Self.slots) : 0 }

  /// The file descriptor, for another process to keep. It must not be closed.
  package var descriptor: Int32 { memory.descriptor }

  // MARK: The current batch

  var buffers: DatagramBuffers { DatagramBuffers(in: memory, at: Offset.buffers) }

  /// The number of slots at the start of the batch of which all lines are written.
  package var written: Int {
    get { Int(min(memory.number(at: Offset.written), UInt64(Self.slots))) }
    set { memory.store(UInt64(newValue), at: Offset.written) }
  }

  /// Notes that the record in a slot was counted in other memory. If earlier records of the batch are read again, it must not be.
  func noteCounted(_ slot: Int) {
    let word = Offset.counted + slot / 64 * 8
    memory.store(memory.number(at: word) | 1 << UInt64(slot % 64), at: word)
  }

  func isCounted(_ slot: Int) -> Bool {
    memory.number(at: Offset.counted + slot / 64 * 8) & 1 << UInt64(slot % 64) != 0
  }

  /// Whether a record of the batch was counted before an earlier one was written.
  var hasCounted: Bool {
    stride(from: 0, to: Self.slots, by: 64).contains { memory.number(at: Offset.counted + $0 / 8) != 0 }
  }

  /// Begins a new batch, of which nothing was counted.
  func forgetCounted() {
    for slot in stride(from: 0, to: Self.slots, by: 64) { memory.store(0, at: Offset.counted + slot / 8) }
  }

  /// Resets the crash counter: the inherited records are processed, or this run ends in an orderly way for any reason.
  package func forgetAttempts() { memory.store(0, at: Offset.attempts) }

  /// How many drops of a socket were reported, by the socket's inode; nil if unknown.
  func drops(of socket: UInt64) -> UInt32? {
    guard memory.number(at: Offset.socket) == socket else { return nil }
    return UInt32(truncatingIfNeeded: memory.number(at: Offset.drops))
  }

  func setDrops(_ count: UInt32, of socket: UInt64) {
    memory.store(UInt64(count), at: Offset.drops)
    memory.store(socket, at: Offset.socket)
  }

  // MARK: Records without a line

  /// The number of records that were suppressed by their container's limit and that no written line has reported.
  package var suppressed: UInt64 {
    get { memory.number(at: Offset.suppressed) }
    set { memory.store(newValue, at: Offset.suppressed) }
  }

  /// Counts one more suppressed record. It replaces `suppressed += 1` elsewhere, on which Swift 6.3 fails with the thread sanitizer.
  package func countSuppressed() { suppressed &+= 1 }

  /// The number of discarded records that no written line has reported.
  package var discarded: UInt64 {
    get { memory.number(at: Offset.discarded) }
    set { memory.store(newValue, at: Offset.discarded) }
  }

  // MARK: Waiting records

  /// The number of bytes at the start of `waiting` that may have been used.
  package var touched: Int {
    get { Int(min(memory.number(at: Offset.touched), UInt64(Self.waitingSize))) }
    set { memory.store(UInt64(newValue), at: Offset.touched) }
  }
}
