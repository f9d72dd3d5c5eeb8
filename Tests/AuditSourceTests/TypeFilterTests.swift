import CLinuxAudit
import Glibc
import Testing

/// Tests the socket filter that is built from the types of records.
@Suite struct TypeFilterTests {
  /// The types of the sent netlink messages that pass the filter for `types`; nil if the kernel refuses the filter.
  private func passing(_ sent: [UInt16], types: [UInt16]) throws -> [UInt16]? {
    var pair: [Int32] = [-1, -1]
    let made = unsafe socketpair(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0, &pair)
    try #require(made == 0)
    defer { for fd in pair { close(fd) } }
    guard unsafe linux_filter_netlink_types(pair[1], types, UInt32(types.count)) == 0 else { return nil }
    for type in sent {
      // In struct nlmsghdr the type follows the length, which has four bytes.
      let message: [UInt8] =
        [16, 0, 0, 0, UInt8(type & 0xff), UInt8(type >> 8)] + Array(repeating: 0, count: 10)
      // The sender gets no error for a message that does not pass.
      _ = unsafe send(pair[0], message, message.count, Int32(MSG_DONTWAIT))
    }
    var passed: [UInt16] = []
    var message = [UInt8](repeating: 0, count: 64)
    while unsafe recv(pair[1], &message, message.count, Int32(MSG_DONTWAIT)) > 0 {
      passed.append(UInt16(message[4]) | UInt16(message[5]) << 8)
    }
    return passed
  }

  private let sent: [UInt16] = [1300, 1326, 1400, 1701, 0, 1326, 0x2e05]

  @Test("Messages of all requested types pass in order, and no others")
  func types() throws {
    #expect(try passing(sent, types: [1326]) == [1326, 1326])
    #expect(try passing(sent, types: [1701, 1326, 1400]) == [1326, 1400, 1701, 1326])
    #expect(try passing(sent, types: []) == [])
  }

  @Test("The maximum number of types passes, and more types are refused")
  func maxCount() throws {
    let types = (0..<UInt16(LINUX_MAX_TYPES)).map { 1300 + $0 }
    #expect(try passing(sent, types: types) == [1300, 1326, 1326])
    #expect(try passing(sent, types: types + [1]) == nil)
  }
}
