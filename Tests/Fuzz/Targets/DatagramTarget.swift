import AuditRecord
import AuditSource
import ProcFS
import ProcessEvents
import ProcessTable

/// Tests what netlink sockets receive: audit records and process events. Any bytes may arrive, in any order.
enum DatagramTarget {
  static func test(_ bytes: borrowing Span<UInt8>) {
    var serials = SerialWindow()
    var table = ProcessTable(hasEventStream: true, since: 0, maxCount: 64)
    var position = 0
    // An input consists of datagrams of up to 127 bytes, each preceded by its length.
    while position < bytes.count {
      let length = min(Int(bytes[position] & 0x7f), bytes.count - position - 1)
      let datagram = bytes.extracting(position + 1..<position + 1 + length)
      position += 1 + length

      var position = 0
      if let stamp = AuditStamp(datagram, at: &position) { serials.see(stamp.serial) }
      _ = try? SeccompRecord(parsing: datagram)
      guard case .event(let event)? = ConnectorMessage(datagram) else { continue }
      table.apply(event) { pid, scope in
        let asked = event.time...event.time
        guard pid & 1 == 0 else { return ProcessReading(owner: nil, threads: 0, asked: asked) }
        return ProcessReading(
          owner: .host(unit: nil), began: scope == .everything ? event.time : nil, parent: pid / 2,
          threads: scope == .everything ? 1 : nil, asked: asked)
      }
      _ = table.answer(event.pid, made: event.time...event.time)
      precondition(table.count <= 64)
    }
    serials.settle()
  }
}
