internal import Clibsystemd

/// A connection over the system bus to the systemd that manages this machine. See: man 5 org.freedesktop.systemd1
@safe package struct SystemdManager: ~Copyable {
  private let bus: OpaquePointer

  /// In microseconds.
  private static let timeout: UInt64 = 5_000_000

  /// Returns nil if no systemd answers.
  package init?() {
    var bus: OpaquePointer?
    guard unsafe sd_bus_open_system(&bus) >= 0, let bus = unsafe bus else { return nil }
    unsafe self.bus = bus
    // The default is 25 s per request.
    _ = unsafe sd_bus_set_method_call_timeout(bus, Self.timeout)
  }

  deinit { unsafe sd_bus_unref(bus) }

  package enum Interface: String { case unit = "Unit", service = "Service", socket = "Socket" }

  /// A text property of a unit; nil if it is not available.
  package func text(_ name: String, _ interface: Interface, of unit: String) -> String? {
    property(name, interface, of: unit, type: "s")
  }

  /// A numeric or boolean property of a unit; `type` is the D-Bus type code.
  package func number(_ name: String, _ interface: Interface, of unit: String, type: Unicode.Scalar = "u")
    -> UInt64?
  {
    property(name, interface, of: unit, type: type).flatMap { UInt64($0) }
  }

  /// The first address on which a socket unit listens, in systemd's notation; nil if it is not available.
  package func address(of unit: String) -> String? { property("Listen", .socket, of: unit, type: "a") }

  private func property(_ name: String, _ interface: Interface, of unit: String, type: Unicode.Scalar)
    -> String?
  {
    var bytes = [CChar](repeating: 0, count: 512)
    // The call writes at most `bytes.count` bytes, including a NUL.
    let failed = unsafe enricher_unit_property(
      bus, unit, interface.rawValue, name, CChar(truncatingIfNeeded: type.value), &bytes, bytes.count)
    guard failed == 0 else { return nil }
    return String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
