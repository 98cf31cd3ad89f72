// The operations, each through the public API.

import Foundation
import Jules

struct Operations {
  let client: Jules
  let on: Saved?
  let with: Arguments

  func perform(_ op: String, take: Int?) async throws -> StepResult {
    if let result = try await performOnClient(op, take: take) { return result }
    if let result = try await performAll(op, take: take) { return result }
    if let result = try await performOnQueue(op, take: take) { return result }
    if let result = try await performOnRun(op, take: take) { return result }
    if let result = try performOnOutcome(op) { return result }
    if let result = try await follow(op, take: take) { return result }
    if let result = try await talk(op) { return result }
    if let result = try await look(op) { return result }
    if let result = try await performOnStore(op) { return result }
    if let result = try performOnSnapshot(op) { return result }
    throw Unsupported(message: "unknown op \(op)")
  }

  private func performOnClient(_ op: String, take: Int?) async throws -> StepResult? {
    switch op {
    case "session.create":
      made(try await client.createSession(with.runConfig, timeout: with.timeout))
    case "session.open":
      made(try client.session(id: with.string("id") ?? ""))
    case "run":
      try await ended(client.run(with.runConfig, timeout: with.timeout))
    case "run.start":
      StepResult(saved: .run(client.start(with.runConfig)))
    case "source":
      StepResult(json: try asJSON(await client.source(github: with.string("github") ?? "", timeout: with.timeout)))
    case "sources":
      StepResult(json: .array(try await collect(sources, take: take)))
    case "sources.page":
      try await page(sources.page(timeout: with.timeout), under: "sources")
    case "sessions":
      StepResult(json: .array(try await collect(sessions, take: take)))
    case "sessions.page":
      try await page(sessions.page(timeout: with.timeout), under: "sessions")
    case "cacheInfo":
      StepResult(json: try asJSON(await client.cacheInfo(timeout: with.timeout)))
    case "quota":
      StepResult(json: try asJSON(await client.quota(timeout: with.timeout)))
    case "metrics":
      StepResult(json: try asJSON(client.metrics()))
    case "recentRequests":
      StepResult(json: try asJSON(client.recentRequests()))
    default:
      nil
    }
  }

  private func performOnRun(_ op: String, take: Int?) async throws -> StepResult? {
    switch op {
    case "run.outcome":
      try await ended(run.outcome(timeout: with.timeout))
    case "run.session":
      made(try await run.session(timeout: with.timeout))
    case "run.stream":
      StepResult(
        json: .array(
          try await collect(
            run.stream(
              follow: with.bool("follow") ?? false, after: with.string("after"), types: with.types,
              excludeOriginator: with.excludeOriginator, stallTimeout: with.stallTimeout), take: take)))
    default:
      nil
    }
  }

  private func follow(_ op: String, take: Int?) async throws -> StepResult? {
    switch op {
    case "stream":
      StepResult(json: .array(try await collect(stream(following: with.bool("follow") ?? false), take: take)))
    case "updates":
      StepResult(
        json: .array(
          try await collect(
            session.updates(
              follow: with.bool("follow") ?? false, after: with.string("after"), types: with.types,
              excludeOriginator: with.excludeOriginator, stallTimeout: with.stallTimeout), take: take)))
    case "history":
      StepResult(
        json: .array(
          try await collect(
            session.history(
              offline: with.bool("offline") ?? false, after: with.string("after"), types: with.types,
              excludeOriginator: with.excludeOriginator), take: take)))
    case "stream.cancel":
      StepResult(json: try await cancelInTheMiddle(of: stream(following: true), after: with.int("afterItems") ?? 0))
    default:
      nil
    }
  }

  private func talk(_ op: String) async throws -> StepResult? {
    let timeout = with.timeout
    switch op {
    // surface: acts Session driver
    case "approve": try await session.approve(timeout: timeout)
    case "send": try await session.send(with.string("text") ?? "", timeout: timeout)
    case "archive": try await session.archive(timeout: timeout)
    case "stop": try await session.stop(timeout: timeout)
    case "unarchive": try await session.unarchive(timeout: timeout)
    case "delete": try await session.delete(timeout: timeout)
    // surface: end
    case "ask":
      return StepResult(json: try asJSON(await session.ask(with.string("text") ?? "", timeout: timeout)))
    default: return nil
    }
    return StepResult()
  }

  private func look(_ op: String) async throws -> StepResult? {
    let timeout = with.timeout
    return switch op {
    case "waitFor":
      StepResult(
        json: try asJSON(
          await session.wait(for: with.states, timeout: timeout, stallTimeout: with.stallTimeout)))
    case "info":
      StepResult(json: try asJSON(await session.info(cached: with.bool("cached") ?? false, timeout: timeout)))
    case "result":
      try await ended(session.result(timeout: timeout, stallTimeout: with.stallTimeout))
    case "activities.list":
      try await page(
        session.activities.list(
          pageSize: with.int("pageSize"), pageToken: with.string("pageToken"), filter: with.string("filter"),
          timeout: timeout), under: "activities")
    case "activities.get":
      StepResult(json: try asJSON(await session.activities.get(with.string("id") ?? "", timeout: timeout)))
    case "activities.hydrate":
      StepResult(json: .integer(Int64(try await session.activities.hydrate(timeout: timeout))))
    default:
      nil
    }
  }
}

// MARK: - What they work on

extension Operations {
  /// A run or a task means its session.
  var session: Session {
    get async throws {
      switch on {
      case .session(let session): session
      case .run(let run): try await run.session()
      case .task(let task): try task.session()
      default: throw Unsupported(message: "no session to work on")
      }
    }
  }

  private var run: Run {
    get throws {
      guard case .run(let run) = on else { throw Unsupported(message: "no run to work on") }
      return run
    }
  }

  private var sessions: SessionList {
    client.sessions(
      pageSize: with.int("pageSize"), limit: with.int("limit"), filter: with.string("filter"),
      pageToken: with.string("pageToken"))
  }

  private var sources: SourceList {
    client.sources(filter: with.string("filter"), pageSize: with.int("pageSize"), limit: with.int("limit"))
  }

  private func stream(following: Bool) async throws -> ActivityStream {
    try await session.stream(
      follow: following, after: with.string("after"), types: with.types, excludeOriginator: with.excludeOriginator,
      stallTimeout: with.stallTimeout)
  }
}

// MARK: - What they give

extension Operations {
  func made(_ session: Session) -> StepResult {
    StepResult(json: ["id": .string(session.id)], saved: .session(session))
  }

  func ended(_ outcome: Outcome) throws -> StepResult {
    StepResult(json: try asJSON(outcome), saved: .outcome(outcome))
  }

  func page<Item>(_ page: Page<Item>, under name: String) throws -> StepResult {
    var fields: [String: JSONValue] = [name: try asJSON(page.items)]
    fields["nextPageToken"] = page.nextPageToken.map { .string($0) }
    return StepResult(json: .object(fields))
  }

  func collect<Items: AsyncSequence>(_ items: Items, take: Int?) async throws -> [JSONValue]
  where Items.Element: Encodable {
    var collected: [JSONValue] = []
    if take == 0 { return collected }
    do {
      for try await item in items {
        collected.append(try asJSON(item))
        if collected.count == take { break }
      }
    } catch {
      throw Interrupted(items: collected, cause: error)
    }
    return collected
  }

  /// Cancels the task of a loop from outside once it has had its items.
  private func cancelInTheMiddle(of stream: ActivityStream, after count: Int) async throws -> JSONValue {
    let (seen, enough) = AsyncStream.makeStream(of: Void.self)
    if count == 0 { enough.finish() }
    let loop = Task {
      defer { enough.finish() }
      var items = 0
      for try await _ in stream {
        items += 1
        if items == count { enough.finish() }
      }
      return items
    }
    for await _ in seen {}
    loop.cancel()
    do {
      return ["items": .integer(Int64(try await loop.value)), "cancelled": false]
    } catch is CancellationError {
      return ["items": .integer(Int64(count)), "cancelled": true]
    }
  }
}

/// A value in the JSON shape that all languages share.
func asJSON(_ value: some Encodable) throws -> JSONValue {
  try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(value))
}
