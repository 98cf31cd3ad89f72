// The conformance driver for Swift: reads a plan, runs each case's steps through the public API, and prints one line
// of JSON per case. It expects nothing; the runner in tests/conformance judges.

import Foundation
import Jules

@main
struct Driver {
  static func main() async throws {
    guard CommandLine.arguments.count == 2 else {
      FileHandle.standardError.write(Data("usage: conformance-driver PLAN\n".utf8))
      exit(2)
    }
    let file = URL(fileURLWithPath: CommandLine.arguments[1])
    let plan = try JSONDecoder().decode(Plan.self, from: Data(contentsOf: file))
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    for testCase in plan.cases {
      let results = await CaseRunner(testCase).run()
      let line: JSONValue = ["name": .string(testCase.name), "results": .array(results)]
      FileHandle.standardOutput.write(try encoder.encode(line) + Data("\n".utf8))
    }
  }
}
