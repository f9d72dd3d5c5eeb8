import FoundationEssentials
import FuzzTargets
import Testing

/// Each seed of the fuzz targets, so that they are compiled and run with the unit tests, too.
///
/// They take turns, because some targets have state, as libFuzzer has one thread.
@Suite("Fuzz targets", .serialized)
struct SeedTests {
  private static let corpus = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../Fuzz/Corpus").standardizedFileURL

  @Test("A target has seeds, and each of them passes", arguments: FuzzTarget.allCases)
  func seeds(of target: FuzzTarget) throws {
    let folder = Self.corpus.appending(path: target.rawValue)
    let seeds = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(!seeds.isEmpty)
    for seed in seeds {
      target.test(Array(try Data(contentsOf: folder.appending(path: seed))).span)
    }
  }
}
