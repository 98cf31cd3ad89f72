// Changes on their way into a checkout.

import Foundation
import Jules
import Testing

@Suite struct ApplyTests {
  private let changes = ChangeSet(
    gitPatch: GitPatch(
      unidiffPatch: """
        diff --git a/docs/new.txt b/docs/new.txt
        new file mode 100755
        --- /dev/null
        +++ b/docs/new.txt
        @@ -0,0 +1 @@
        +hello
        diff --git a/list b/list
        --- a/list
        +++ b/list
        @@ -1,3 +1,3 @@
         one
        -two
        +2
         three

        """))

  @Test func theyAreApplied() throws {
    try inFolder(list: "one\ntwo\nthree\n") { folder in
      #expect(try changes.generatedFiles(in: folder).get("list")?.content == "one\n2\nthree\n")
      let applied = try changes.apply(to: folder)
      #expect(applied == changes.parsed())
      #expect(applied.files.first?.newMode == "100755")
      #expect(try text("list", in: folder) == "one\n2\nthree\n")
      #expect(try text("docs/new.txt", in: folder) == "hello\n")
      #expect(FileManager.default.isExecutableFile(atPath: folder.appendingPathComponent("docs/new.txt").path))
      #expect(try changes.generatedFiles(in: folder).get("list")?.content == "one\n2\nthree\n")
    }
  }

  @Test func asynchronouslyTheyAreAppliedToo() async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString, isDirectory: true)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try Data("one\ntwo\nthree\n".utf8).write(to: folder.appendingPathComponent("list"))
    let outcome = Outcome(sessionID: "1", state: .completed, changeSet: changes)
    #expect(try await outcome.generatedFiles(in: folder).get("list")?.content == "one\n2\nthree\n")
    #expect(try await changes.apply(to: folder) == changes.parsed())
    #expect(try String(contentsOf: folder.appendingPathComponent("docs/new.txt"), encoding: .utf8) == "hello\n")
    let picture = folder.appendingPathComponent("picture.png")
    try await Media(data: "AAEC", format: "image/png").save(to: picture)
    #expect(try Data(contentsOf: picture) == Data([0, 1, 2]))
  }

  @Test func whatDoesNotFitIsNamedAndNothingIsDone() throws {
    try inFolder(list: "one\nzwei\nthree\n") { folder in
      guard case .patch(let context) = julesError({ try changes.apply(to: folder) }) else {
        Issue.record("not patch")
        return
      }
      #expect(context.file == "list")
      #expect(context.hunk == 1)
      let kept = try text("list", in: folder)
      #expect(kept == "one\nzwei\nthree\n")
      #expect(!FileManager.default.fileExists(atPath: folder.appendingPathComponent("docs").path))
    }
  }

  @Test func withoutAFolderThereAreTheAddedLines() {
    #expect(changes.generatedFiles().map(\.content) == ["hello\n", "2\n"])
    #expect(Outcome(sessionID: "1", state: .completed).generatedFiles().isEmpty)
  }

  private func inFolder(list: String, _ work: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString, isDirectory: true)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try Data(list.utf8).write(to: folder.appendingPathComponent("list"))
    try work(folder)
  }

  private func text(_ path: String, in folder: URL) throws -> String {
    String(decoding: try Data(contentsOf: folder.appendingPathComponent(path)), as: UTF8.self)
  }
}
