// One case: its client, what its steps saved, and how a step becomes a result.

import Foundation
import Jules

/// What a step can save beyond JSON.
enum Saved: Sendable {
  case session(Session)
  case run(Run)
  case outcome(Outcome)
  case snapshot(Snapshot)
  case client(Jules)
  case queue(Queue)
  case task(QueueTask)
}

/// A step that this driver can't make sense of.
struct Unsupported: Error {
  let message: String
}

/// An iteration that failed, with what came before.
struct Interrupted: Error {
  let items: [JSONValue]
  let cause: any Error
}

/// What a step gives: JSON to print, and perhaps something to save.
struct StepResult {
  var json: JSONValue = .null
  var saved: Saved?
}

actor CaseRunner {
  private let testCase: Case
  private var options: Jules.Options
  private var client: Jules?
  /// Clients beside it.
  private var others: [Jules] = []
  private var saved: [String: Saved] = [:]
  private var values: [String: JSONValue] = [:]

  init(_ testCase: Case) {
    self.testCase = testCase
    var options = Jules.Options()
    options.apiKey = testCase.apiKey
    options.baseURL = URL(string: testCase.baseUrl)
    if testCase.usualCache != true {
      options.cache = testCase.cacheDir.map { .init(stringLiteral: $0) } ?? .memory
    }
    // Most cases look more often than a project's quota allows.
    options.activityBudget = .unlimited
    Arguments(testCase.options, saved: [:]).apply(to: &options)
    self.options = options
  }

  /// The results of all steps; the client is closed then.
  func run() async -> [JSONValue] {
    let results = await run(testCase.steps)
    await client?.close()
    for other in others { await other.close() }
    return results
  }

  private func run(_ steps: [Step]) async -> [JSONValue] {
    var results: [JSONValue] = []
    for step in steps {
      do {
        let result = try await perform(step)
        if let name = step.as {
          values[name] = result.json
          saved[name] = result.saved
        }
        results.append(["ok": result.json])
      } catch {
        results.append(["error": ErrorReport(error).json])
      }
    }
    return results
  }

  private func perform(_ step: Step) async throws -> StepResult {
    let arguments = Arguments(step.with, saved: values)
    switch step.op {
    case "parallel":
      return StepResult(json: .array(await parallel(try branches(of: step))))
    case "control":
      return StepResult(json: try await control(arguments, of: testCase.baseUrl))
    case "client":
      try await renewClient(arguments)
      return StepResult()
    case "client.other":
      return StepResult(saved: .client(try anotherClient(arguments)))
    case "close":
      await client?.close()
      return StepResult()
    default:
      let on = step.on.flatMap { saved[$0] }
      // A step may name one of several clients.
      let client = if case .client(let other) = on { other } else { try currentClient() }
      let operations = Operations(client: client, on: on, with: arguments)
      return try await operations.perform(step.op, take: step.take)
    }
  }

  /// Closes the client and makes another, with changed options, which stay; saved sessions move over to it.
  private func renewClient(_ changes: Arguments) async throws {
    await client?.close()
    client = nil
    changes.apply(to: &options)
    let client = try currentClient()
    saved = try saved.mapValues { saved in
      if case .session(let session) = saved { .session(try client.session(id: session.id)) } else { saved }
    }
  }

  /// A second client beside the case's own, over the same store, with these options changed.
  private func anotherClient(_ changes: Arguments) throws -> Jules {
    var options = options
    changes.apply(to: &options)
    let other = try Jules(options: options)
    others.append(other)
    return other
  }

  private func currentClient() throws -> Jules {
    if let client { return client }
    let made = try Jules(options: options)
    client = made
    return made
  }

  private func branches(of step: Step) throws -> [[Step]] {
    guard let inner = step.with?["steps"] else { throw Unsupported(message: "parallel without steps") }
    return try JSONDecoder().decode([[Step]].self, from: JSONEncoder().encode(inner))
  }

  private func parallel(_ branches: [[Step]]) async -> [JSONValue] {
    await withTaskGroup(of: (Int, [JSONValue]).self) { group in
      for (index, steps) in branches.enumerated() {
        group.addTask { (index, await self.run(steps)) }
      }
      var results = [JSONValue](repeating: [], count: branches.count)
      for await (index, result) in group { results[index] = .array(result) }
      return results
    }
  }
}
