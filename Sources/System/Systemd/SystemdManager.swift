internal import Clibsystemd

/// The systemd that runs this machine, asked over the system's bus. See: man 5 org.freedesktop.systemd1
@safe package struct SystemdManager: ~Copyable {
  private let bus: OpaquePointer

  /// Microseconds.
  private static let timeout: UInt64 = 5_000_000

  /// nil where there is none that answers.
  package init?() {
    var bus: OpaquePointer?
    guard unsafe sd_bus_open_system(&bus) >= 0, let bus = unsafe bus else { return nil }
    unsafe self.bus = bus
    // Usually it is 25 s, for each question.
    _ = unsafe sd_bus_set_method_call_timeout(bus, Self.timeout)
  }

  deinit { unsafe sd_bus_unref(bus) }

  package enum Interface: String { case unit = "Unit", service = "Service", socket = "Socket" }

  /// A text of a unit's; nil if it cannot be had.
  package func text(_ name: String, _ interface: Interface, of unit: String) -> String? {
    property(name, interface, of: unit, type: "s")
  }

  /// A number or truth of a unit's: `type` is D-Bus' letter for what it is.
  package func number(_ name: String, _ interface: Interface, of unit: String, type: Unicode.Scalar = "u")
    -> UInt64?
  {
    property(name, interface, of: unit, type: type).flatMap { UInt64($0) }
  }

  /// The first address that a socket unit listens at, as systemd writes it; nil if it cannot be had.
  package func address(of unit: String) -> String? { property("Listen", .socket, of: unit, type: "a") }

  private func property(_ name: String, _ interface: Interface, of unit: String, type: Unicode.Scalar)
    -> String?
  {
    var bytes = [CChar](repeating: 0, count: 512)
    // It writes no more than it is told, and a NUL.
    let failed = unsafe enricher_unit_property(
      bus, unit, interface.rawValue, name, CChar(truncatingIfNeeded: type.value), &bytes, bytes.count)
    guard failed == 0 else { return nil }
    return String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
