import FoundationEssentials

/// Files of the project itself, such as documents that must agree with the code.
public enum ProjectFile {
  private static let project = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// The text of a file, whose path is relative to the project's top level.
  public static func text(of path: String) throws -> String {
    String(decoding: try bytes(of: path), as: UTF8.self)
  }

  /// The bytes of such a file.
  public static func bytes(of path: String) throws -> [UInt8] {
    Array(try Data(contentsOf: project.appending(path: path)))
  }
}
