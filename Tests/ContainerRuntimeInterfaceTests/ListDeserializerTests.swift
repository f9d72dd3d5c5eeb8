import CRIService
import ContainerRuntime
import ContainerRuntimeInterface
import GRPCCore
import SwiftProtobuf
import Testing

@Suite struct ListDeserializerTests {
  private typealias Containers = ListDeserializer<Runtime_V1_ListContainersResponse>
  private typealias Sandboxes = ListDeserializer<Runtime_V1_ListPodSandboxResponse>

  private func bytes(_ piece: [UInt8], times count: Int) -> [UInt8] {
    Array(repeatElement(piece, count: count).joined())
  }

  @Test("A list of as many entries and fields as allowed is decoded")
  func limits() throws {
    let entry = Array("\n\u{2}\n\0".utf8)
    let list = try Containers().deserialize(bytes(entry, times: Containers.maxEntries))
    #expect(list.containers.count == Containers.maxEntries)

    var sandbox = Runtime_V1_PodSandbox()
    for number in 0..<Sandboxes.maxFields { sandbox.annotations["\(number)"] = "" }
    var sandboxes = Runtime_V1_ListPodSandboxResponse()
    sandboxes.items = [sandbox]
    #expect(try Sandboxes().deserialize(sandboxes.serializedBytes() as [UInt8]) == sandboxes)
  }

  @Test("A list of more empty entries is refused", arguments: [Sandboxes.maxEntries + 1, 8 << 20])
  func entries(count: Int) throws {
    let error = #expect(throws: RPCError.self) {
      try Sandboxes().deserialize(bytes([0x0a, 0], times: count))
    }
    #expect(error?.code == .resourceExhausted)
    #expect(error?.message == "the list has more than 16384 entries")
  }

  @Test("A list with an entry of more fields is refused")
  func fields() throws {
    let labels = bytes([0x42, 0], times: Containers.maxFields + 1)
    let entry = [0x0a, UInt8(labels.count & 127 | 128), UInt8(labels.count >> 7)] + labels
    let error = #expect(throws: RPCError.self) { try Containers().deserialize(entry) }
    #expect(error?.code == .resourceExhausted)
    #expect(error?.message == "the list has an entry with more than 4096 fields")
  }

  @Test("Of each entry is kept what its identity is made of, and what was asked for")
  func reduction() throws {
    let names = ["io.kubernetes.pod.namespace": "n", "io.kubernetes.pod.name": "p"]
    var container = Runtime_V1_Container()
    container.labels = names.merging(["a": "1"]) { $1 }
    CRIClient.reduce(&container)
    #expect(container.labels == names)
    var sandbox = Runtime_V1_PodSandbox()
    sandbox.labels = container.labels.merging(["a": "1", "b": "2"]) { $1 }
    sandbox.annotations = ["a": "3", "c": "4"]
    CRIClient.reduce(&sandbox, keeping: PodMetadata.Keys(labels: ["b"], annotations: ["c"]))
    #expect(sandbox.labels == names.merging(["b": "2"]) { $1 })
    #expect(sandbox.annotations == ["c": "4"])

    var list = Runtime_V1_ListContainersResponse()
    container.labels["a"] = "1"
    list.containers = [container, container]
    let decoded = try ListDeserializer<Runtime_V1_ListContainersResponse>(reduce: CRIClient.reduce)
      .deserialize(list.serializedBytes() as [UInt8])
    #expect(decoded.containers.map(\.labels) == [names, names])
  }

  @Test("Fields of all types are accepted, beside entries and in them")
  func unknownFields() throws {
    // Numbers 100 and more: a varint, 8 bytes, 3 bytes, a group with an empty field 1 in it, and 4 bytes.
    let unknown: [UInt8] =
      [0xa0, 6, 0xff, 1] + [0xa9, 6, 1, 2, 3, 4, 5, 6, 7, 8] + [0xb2, 6, 3, 1, 2, 3] + [
        0xbb, 6, 0x0a, 0, 0xbc, 6,
      ]
      + [0xc5, 6, 1, 2, 3, 4]
    let entry = unknown + [0x0a, 1, 0x61]
    let list = try Containers().deserialize(unknown + [0x0a, UInt8(entry.count)] + entry + unknown)
    #expect(list.containers.map(\.id) == ["a"])
    #expect(list.unknownFields.data.isEmpty && list.containers[0].unknownFields.data.isEmpty)
  }

  @Test(
    "A list that is not encoded as protobuf requires is refused",
    arguments: [
      [0x0a], [0x0a, 1], [0x0a, 2, 0x0a, 1], [0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
      [0x0e, 0], [0x0f], [0x08, 0x80], [0x09, 1], [0x0d, 1], Array(repeating: 0xff, count: 20), [0x0c],
      [0xbb, 6],
    ] as [[UInt8]])
  func malformed(bytes: [UInt8]) throws {
    let error = #expect(throws: RPCError.self) { try Containers().deserialize(bytes) }
    #expect(error?.message == "the list is not encoded as protobuf requires")
  }
}
