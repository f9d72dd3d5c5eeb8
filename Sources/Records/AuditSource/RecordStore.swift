package import LinuxSystem
internal import SystemPackage

/// The memory of all that has been read and is not written yet: the batch in hand, and records that wait for their container's
/// names.
///
/// It is a file that another may hold, such as systemd, so that a process that is killed loses nothing: the next one goes on where
/// that ended. What it finds may be torn, and is checked like anything from outside. Lines may come twice then, for nobody knows
/// how much of the last ones was written; none is left out.
///
/// Belongs to one thread.
package final class RecordStore {
  package let memory: SharedMemory
  /// Whether it was handed over, with what another process left, and not made by this one.
  package private(set) var isInherited: Bool

  /// Where waiting records stand, and may stand as far as `touched` says.
  package let waiting: Range<Int>

  package enum Place {
    static let magic = 0
    static let version = 8
    /// Slots of the batch, the first so many, of which all lines are written.
    static let written = 16
    /// Which socket it is that has dropped so many datagrams of which it was told.
    static let socket = 24
    static let drops = 32
    static let touched = 40
    /// Runs that have taken the memory over since records were last read from a socket.
    static let attempts = 48
    /// Records that were left out for their container's limit, and not told.
    static let suppressed = 56
    /// Records that were given up, and not told.
    static let givenUp = 64
    package static let buffers = 4096
  }

  private static let magic: UInt64 = 0x7363_6572_2d65_6161
  /// To be raised whenever anything stands elsewhere, or means something else.
  private static let version: UInt64 = 3
  package static let slots = DatagramBuffers.slots
  /// The longest audit message and its header. See: MAX_AUDIT_MESSAGE_LENGTH in libaudit.h
  package static let slotSize = 9216
  static let firstSlot = (Place.buffers + DatagramBuffers.size + 4095) & ~4095
  package static let slotBytes = firstSlot..<firstSlot + slots * slotSize
  private static let firstWaiting = (slotBytes.upperBound + 4095) & ~4095
  /// Room for waiting records.
  package static let waitingSize = 32 << 20
  package static let size = firstWaiting + waitingSize
  package static let name = "records"
  private static let maxAttempts = 3

  /// Memory that nobody holds but us, so far.
  package convenience init() throws(SourceError) {
    do throws(Errno) {
      self.init(memory: try SharedMemory(name: Self.name, size: Self.size), isInherited: false)
    } catch {
      throw SourceError("cannot make memory for records", error, remedy: "is memfd_create(2) permitted?")
    }
    memory.store(Self.magic, at: Place.magic)
    memory.store(Self.version, at: Place.version)
  }

  /// Takes over the memory that another process left; nil if it is none of ours, or of another version.
  package convenience init?(inherited fd: Int32) {
    guard let memory = SharedMemory(adopting: fd, size: Self.size) else { return nil }
    self.init(left: memory)
    memory.store(memory.number(at: Place.attempts) &+ 1, at: Place.attempts)
  }

  package convenience init?(left memory: SharedMemory) {
    guard memory.number(at: Place.magic) == Self.magic, memory.number(at: Place.version) == Self.version
    else {
      return nil
    }
    self.init(memory: memory, isInherited: true)
  }

  private init(memory: SharedMemory, isInherited: Bool) {
    self.memory = memory
    self.isInherited = isInherited
    waiting = Self.firstWaiting..<Self.size
  }

  /// Whether what was left may be what ended the last runs: then it must be given up, for no record can keep the service from running.
  package var mayBeFatal: Bool { isInherited && memory.number(at: Place.attempts) > Self.maxAttempts }

  /// Whether it may have ended the last run that was to give it up, too.
  package var isFatalToCount: Bool { memory.number(at: Place.attempts) > Self.maxAttempts + 1 }

  /// Does without what was left: so many records, which are to be told.
  package func giveUp(_ records: UInt64) {
    givenUp &+= records
    memory.discard(Place.buffers..<Self.size)
    (written, touched, isInherited) = (0, 0, false)
    forgetAttempts()
  }

  /// Records of a batch in hand that another process left.
  package var unfinished: Int { isInherited ? buffers.filled(from: written, to: Self.slots) : 0 }

  /// To be kept by another, and closed by nobody.
  package var descriptor: Int32 { memory.descriptor }

  // MARK: The batch in hand

  var buffers: DatagramBuffers { DatagramBuffers(in: memory, at: Place.buffers) }

  /// Slots of the batch, the first so many, of which all lines are written.
  package var written: Int {
    get { Int(min(memory.number(at: Place.written), UInt64(Self.slots))) }
    set { memory.store(UInt64(newValue), at: Place.written) }
  }

  /// What was left has ended no run: it is done with, or this run ends in order, for whatever reason.
  package func forgetAttempts() { memory.store(0, at: Place.attempts) }

  /// How many datagrams a socket, known by its inode, has dropped that were told; nil if nobody said.
  func drops(of socket: UInt64) -> UInt32? {
    guard memory.number(at: Place.socket) == socket else { return nil }
    return UInt32(truncatingIfNeeded: memory.number(at: Place.drops))
  }

  func setDrops(_ count: UInt32, of socket: UInt64) {
    memory.store(UInt64(count), at: Place.drops)
    memory.store(socket, at: Place.socket)
  }

  // MARK: Records without a line

  /// How many were left out for their container's limit that no written line has told.
  package var suppressed: UInt64 {
    get { memory.number(at: Place.suppressed) }
    set { memory.store(newValue, at: Place.suppressed) }
  }

  /// One more was. In place of `suppressed += 1` elsewhere, at which Swift 6.3 fails with the thread sanitizer.
  package func countSuppressed() { suppressed &+= 1 }

  /// How many were given up that no written line has told.
  package var givenUp: UInt64 {
    get { memory.number(at: Place.givenUp) }
    set { memory.store(newValue, at: Place.givenUp) }
  }

  // MARK: Waiting records

  /// Bytes from the beginning of `waiting` that may hold anything.
  package var touched: Int {
    get { Int(min(memory.number(at: Place.touched), UInt64(Self.waitingSize))) }
    set { memory.store(UInt64(newValue), at: Place.touched) }
  }
}
