// Ours, in Swift. One task, from standard input.

import Foundation
import Jules

@main
struct Contestant {
  static func main() async throws {
    try say(["ready": true])
    let order = try JSONDecoder().decode(Order.self, from: Data((readLine() ?? "{}").utf8))
    let jules = try Jules(
      apiKey: "bench-key", baseURL: URL(string: order.url), pollingInterval: order.interval.map { .seconds($0) },
      cache: .directory(path: order.cache), activityBudget: .unlimited)
    try say(await order.answer(with: jules))
    await jules.close()
  }

  /// One line of JSON, at once.
  static func say(_ answer: JSONValue) throws {
    FileHandle.standardOutput.write(try JSONEncoder().encode(answer) + Data("\n".utf8))
  }
}
