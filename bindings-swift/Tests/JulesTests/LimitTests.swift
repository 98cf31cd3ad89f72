// No wait without an end: every call that waits takes `timeout`, or stands here with the reason why it doesn't. All of them
// end with their task.

import Foundation
import Testing

@Suite struct LimitTests {
  private static let iterates = "ended by leaving the loop or cancelling its task; streams take `stallTimeout`"
  private static let onFiles =
    "on files of this machine; cancelled, what was begun is finished, so that never half of it is there"
  private static let without = [
    "next": iterates,
    "finished": iterates,
    "close": "it ends what is under way; no request is made",
    "closeShared": "it ends what is under way; no request is made",
    "apply": onFiles,
    "generatedFiles": onFiles,
    "save": onFiles,
  ]

  @Test func everyCallThatWaitsTakesATimeLimit() throws {
    let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../Sources/Jules").standardizedFileURL
    let files = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
    // A declaration may go over several lines. What comes behind `async` has no parentheses: that of a closure has.
    let declared = /public (?:mutating |static )*func (\w+)[^{}]*?\{/
    let waits = /\)\s*async(?: throws)?(?: -> [^()]+)?\s*\{$/
    var (seen, endless): (Set<String>, Set<String>) = ([], [])
    for case let file as URL in files where file.pathExtension == "swift" {
      let text = try String(contentsOf: file, encoding: .utf8)
      // Short forms of calls with `timeout`: requirements of protocols have no default arguments.
      if file.lastPathComponent == "Protocols.swift" { continue }
      for declaration in text.matches(of: declared) where declaration.0.contains(waits) {
        let name = String(declaration.1)
        seen.insert(name)
        if !declaration.0.contains(/\btimeout: Duration\?/) { endless.insert(name) }
      }
    }
    #expect(seen.isSuperset(of: ["ask", "run", "createSession", "outcomes", "add", "page", "sync", "select", "close"]))
    #expect(endless == Set(Self.without.keys))
  }
}
