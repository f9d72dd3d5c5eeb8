extension Recorder {
  /// Where a container's records are counted: indices of numbers in the memory.
  @usableFromInline
  package struct Target: Sendable {
    /// The first cell of the recording; 0 for a container that is not recorded.
    @usableFromInline var cells: Int32
    /// The bits of the container; 0 if there is no entry for it. Then only its calls are counted.
    var bits: Int32

    init(slot: Int32, container: Int32) {
      cells = Int32(RecorderMemory.cells(of: Int(slot)) / 8)
      bits = container < 0 ? 0 : Int32(RecorderMemory.bits(of: Int(container)) / 8)
    }

    /// Of a container that is not recorded.
    package init() { (cells, bits) = (0, 0) }

    @inlinable package var isRecorded: Bool { cells != 0 }

    var slot: Int32 { Int32(RecorderMemory.slot(at: Int(cells) * 8)) }
    /// Negative if there is none.
    var container: Int32 { bits == 0 ? -1 : Int32(RecorderMemory.container(at: Int(bits) * 8)) }
  }
}
