// The emulator that `.dev/run swift test` starts for the whole run, and clients of it.

import Foundation
import Jules
import Testing

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

enum Emulator {
  static let baseURL: String = {
    guard let url = ProcessInfo.processInfo.environment["JULES_BASE_URL"] else {
      fatalError("JULES_BASE_URL is not set: run these tests by `.dev/run swift test`, which starts the emulator")
    }
    return url
  }()

  static let source = GitHubSource.github("octocat/hello-world", branch: "main")

  /// A client with a store of its own that looks often.
  static func client(key: String = "test-key", pollingInterval: Duration? = .milliseconds(20)) throws -> Jules {
    try Jules(apiKey: key, baseURL: URL(string: baseURL), pollingInterval: pollingInterval, cache: false)
  }

  /// A session that plays a shipped scenario.
  static func session(
    _ scenario: String, requireApproval: Bool = false, client: Jules? = nil
  ) async throws -> Session {
    try await (client ?? Self.client()).createSession(
      prompt: "[scenario:\(scenario)] Say hello", source: source, title: "Test \(scenario)",
      requireApproval: requireApproval)
  }

  /// How many requests about a session have come so far.
  static func requests(about session: Session) async throws -> Int {
    try await requests(aboutAnyOf: [session.id])
  }

  /// How many requests about these sessions have come so far.
  static func requests(aboutAnyOf ids: [String]) async throws -> Int {
    let journal = try await control("GET", "journal", answer: [Entry].self)
    return journal.count { entry in ids.contains { entry.path.contains($0) } }
  }

  /// Waits until nobody has asked about these sessions for 15 polling intervals of ``client(key:pollingInterval:)``; records
  /// an issue when that never is.
  static func quiet(aboutAnyOf ids: [String], sourceLocation: SourceLocation = #_sourceLocation) async throws {
    let clock = ContinuousClock()
    let end = clock.now + .seconds(10)
    var last = try await requests(aboutAnyOf: ids)
    var since = clock.now
    while clock.now < since + .milliseconds(300) {
      if clock.now > end {
        Issue.record("after 10 s there are still requests about \(ids)", sourceLocation: sourceLocation)
        return
      }
      try await Task.sleep(for: .milliseconds(10))
      let count = try await requests(aboutAnyOf: ids)
      if count != last { (last, since) = (count, clock.now) }
    }
  }

  /// Time for what must not happen: a whole session of another client passes.
  static func aSessionPasses() async throws {
    _ = try await client().run(prompt: "[scenario:quick] Meanwhile")
  }

  /// The ids of the sessions of this title.
  static func sessions(titled title: String) async throws -> [String] {
    try await control("GET", "sessions", answer: [Known].self).filter { $0.title == title }.map(\.id)
  }

  /// Lets the agent say something.
  static func append(to session: Session, message: String) async throws {
    let activity: JSONValue = ["originator": "agent", "agentMessaged": ["agentMessage": .string(message)]]
    let body: JSONValue = ["session": .string(session.id), "activity": activity]
    _ = try await control("POST", "append", body: body, answer: JSONValue.self)
  }

  private struct Entry: Decodable { let path: String }

  private struct Known: Decodable {
    let id: String
    let title: String
  }

  static func control<Answer: Decodable>(
    _ method: String, _ path: String, body: JSONValue? = nil, answer: Answer.Type
  ) async throws -> Answer {
    guard let url = URL(string: "/_emulator/\(path)", relativeTo: URL(string: baseURL)) else {
      throw URLError(.badURL)
    }
    var request = URLRequest(url: url)
    request.httpMethod = method
    request.httpBody = try body.map { try JSONEncoder().encode($0) }
    let (data, response) = try await URLSession.shared.data(for: request)
    guard (response as? HTTPURLResponse)?.statusCode == 200 else {
      throw JulesError.config(.init(message: "control failed: \(String(decoding: data, as: UTF8.self))"))
    }
    return try JSONDecoder().decode(answer, from: data)
  }
}

/// Waits until something holds; the test's own time limit ends what never does.
func eventually(_ holds: () async throws -> Bool) async throws {
  while try await !holds() {
    try await Task.sleep(for: .milliseconds(5))
  }
}

/// All of a sequence.
func all<Items: AsyncSequence>(_ items: Items) async throws -> [Items.Element] {
  var collected: [Items.Element] = []
  for try await item in items { collected.append(item) }
  return collected
}

/// The error that a call throws; anything else is an issue of the test.
func julesError<Value>(
  sourceLocation: SourceLocation = #_sourceLocation, _ call: () async throws -> Value
) async -> JulesError? {
  do {
    let value = try await call()
    Issue.record("nothing was thrown, there is \(value)", sourceLocation: sourceLocation)
  } catch let error as JulesError {
    return error
  } catch {
    Issue.record("no JulesError: \(error)", sourceLocation: sourceLocation)
  }
  return nil
}

/// The error that a call throws at once.
func julesError<Value>(
  sourceLocation: SourceLocation = #_sourceLocation, _ call: () throws -> Value
) -> JulesError? {
  do {
    let value = try call()
    Issue.record("nothing was thrown, there is \(value)", sourceLocation: sourceLocation)
  } catch let error as JulesError {
    return error
  } catch {
    Issue.record("no JulesError: \(error)", sourceLocation: sourceLocation)
  }
  return nil
}
