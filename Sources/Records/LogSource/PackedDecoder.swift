internal import Clibz
internal import Cliblzma
internal import Clibzstd

/// A format of compressed files, which is recognised by their first bytes.
enum Packing: String {
  case gzip, zstd, xz

  /// The greatest number of bytes by which a format is recognised.
  static let magicLength = 6

  /// The format of a file that begins with `bytes`; nil if it is not compressed.
  init?(_ bytes: borrowing Span<UInt8>) {
    func begins(_ magic: [UInt8]) -> Bool {
      bytes.count >= magic.count && magic.indices.allSatisfy { bytes[$0] == magic[$0] }
    }
    if begins([0x1f, 0x8b]) {
      self = .gzip
    } else if begins([0x28, 0xb5, 0x2f, 0xfd]) {
      self = .zstd
    } else if begins([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]) {
      self = .xz
    } else {
      return nil
    }
  }

  /// The program that unpacks a pipe.
  var tool: String {
    switch self {
    case .gzip: "zcat"
    case .zstd: "zstdcat"
    case .xz: "xzcat"
    }
  }

  var decoder: any PackedDecoder {
    switch self {
    case .gzip: GzipDecoder()
    case .zstd: ZstdDecoder()
    case .xz: XZDecoder()
    }
  }
}

/// Unpacks a compressed file in steps.
protocol PackedDecoder: AnyObject {
  var packing: Packing { get }

  /// Begins a file.
  func reset()

  /// Unpacks some of `input` to `output`.
  func decode(_ input: UnsafeRawBufferPointer, to output: UnsafeMutableRawBufferPointer) -> DecodingStep
}

/// What a decoder did.
struct DecodingStep {
  enum State {
    case more, ended, damaged
  }

  var consumed: Int
  var produced: Int
  var state: State
}

// Each decoder allocates its state in init, is the only one to use it, and frees it in deinit. The buffers of a call are not kept.

@safe
private final class GzipDecoder: PackedDecoder {
  private let stream: UnsafeMutablePointer<z_stream>
  var packing: Packing { .gzip }

  init() {
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    // 16 selects the gzip header. The call fails only if memory is exhausted, like any allocation. See: inflateInit2() in zlib.h
    let status = unsafe inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    precondition(status == Z_OK)
  }

  deinit {
    unsafe inflateEnd(stream)
    unsafe stream.deallocate()
  }

  func reset() { unsafe inflateReset(stream) }

  func decode(_ input: UnsafeRawBufferPointer, to output: UnsafeMutableRawBufferPointer) -> DecodingStep {
    unsafe stream.pointee.next_in = UnsafeMutablePointer(
      mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
    unsafe stream.pointee.avail_in = UInt32(input.count)
    unsafe stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
    unsafe stream.pointee.avail_out = UInt32(output.count)
    let state: DecodingStep.State =
      switch unsafe inflate(stream, Z_NO_FLUSH) {
      case Z_OK, Z_BUF_ERROR: .more
      case Z_STREAM_END: .ended
      default: .damaged
      }
    return unsafe DecodingStep(
      consumed: input.count - Int(stream.pointee.avail_in),
      produced: output.count - Int(stream.pointee.avail_out),
      state: state)
  }
}

@safe
private final class ZstdDecoder: PackedDecoder {
  private let stream: OpaquePointer
  var packing: Packing { .zstd }

  init() {
    // The call fails only if memory is exhausted, like any allocation.
    guard let stream = unsafe ZSTD_createDStream() else { preconditionFailure("no memory for zstd") }
    unsafe self.stream = stream
  }

  deinit { unsafe ZSTD_freeDStream(stream) }

  func reset() { _ = unsafe ZSTD_initDStream(stream) }

  func decode(_ input: UnsafeRawBufferPointer, to output: UnsafeMutableRawBufferPointer) -> DecodingStep {
    var from = unsafe ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
    var to = unsafe ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
    // Zero at the end of a frame, else a guess of how much more input there is.
    let left = unsafe ZSTD_decompressStream(stream, &to, &from)
    return unsafe DecodingStep(
      consumed: from.pos, produced: to.pos,
      state: ZSTD_isError(left) != 0 ? .damaged : left == 0 ? .ended : .more)
  }
}

@safe
private final class XZDecoder: PackedDecoder {
  private let stream: UnsafeMutablePointer<lzma_stream>
  var packing: Packing { .xz }

  /// More than `xz -9` needs.
  private static let maxMemory: UInt64 = 256 << 20

  init() {
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: lzma_stream())
  }

  deinit {
    unsafe lzma_end(stream)
    unsafe stream.deallocate()
  }

  func reset() { _ = unsafe lzma_stream_decoder(stream, Self.maxMemory, 0) }

  func decode(_ input: UnsafeRawBufferPointer, to output: UnsafeMutableRawBufferPointer) -> DecodingStep {
    unsafe stream.pointee.next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
    unsafe stream.pointee.avail_in = input.count
    unsafe stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
    unsafe stream.pointee.avail_out = output.count
    let state: DecodingStep.State =
      switch unsafe lzma_code(stream, LZMA_RUN) {
      case LZMA_OK, LZMA_BUF_ERROR: .more
      case LZMA_STREAM_END: .ended
      default: .damaged
      }
    return unsafe DecodingStep(
      consumed: input.count - stream.pointee.avail_in, produced: output.count - stream.pointee.avail_out,
      state: state)
  }
}
