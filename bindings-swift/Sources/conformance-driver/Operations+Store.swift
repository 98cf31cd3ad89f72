// What is asked of the local store, how it is brought up to date, and snapshots.

import Foundation
import Jules

extension Operations {
  func performOnStore(_ op: String) async throws -> StepResult? {
    switch op {
    case "select":
      return StepResult(json: try asJSON(await select(Query(json: with["query"] ?? .null))))
    case "sync":
      return StepResult(json: try await sync())
    case "session.cacheInfo":
      return StepResult(json: try asJSON(await session.cacheInfo(timeout: with.timeout)))
    case "snapshot":
      let snapshot = try await session.snapshot(cached: with.bool("cached") ?? false, timeout: with.timeout)
      return StepResult(json: try snapshot.toJSON(), saved: .snapshot(snapshot))
    default:
      return nil
    }
  }

  func performOnSnapshot(_ op: String) throws -> StepResult? {
    switch op {
    case "snapshot.json":
      let include = with["include"].map { _ in with.strings("include") }
      return StepResult(json: try snapshot.toJSON(include: include, exclude: with.strings("exclude")))
    case "snapshot.markdown":
      return StepResult(json: .string(try snapshot.toMarkdown()))
    default:
      return nil
    }
  }

  /// On a session, of its activities alone.
  private func select(_ query: Query) async throws -> [QueryRow] {
    guard on != nil else { return try await client.select(query, timeout: with.timeout) }
    return try await session.activities.select(query, timeout: with.timeout)
  }

  private func sync() async throws -> JSONValue {
    let depth = with.string("depth") ?? SyncDepth.metadata.rawValue
    guard let depth = SyncDepth(rawValue: depth) else { throw Unsupported(message: "no depth \(depth)") }
    let told = Told<SyncProgress>()
    let report = try asJSON(
      await client.sync(
        sessionID: with.string("sessionId"), limit: with.int("limit"), depth: depth,
        incremental: with.bool("incremental") ?? true, concurrency: with.int("concurrency"),
        checkpoint: with.bool("checkpoint") ?? true, timeout: with.timeout, onProgress: told.add))
    guard with.bool("progress") == true else { return report }
    return ["report": report, "progress": try asJSON(told.all)]
  }

  private var snapshot: Snapshot {
    get throws {
      guard case .snapshot(let snapshot) = on else { throw Unsupported(message: "no snapshot to work on") }
      return snapshot
    }
  }
}

/// Keeps what was told of progress, from any thread.
final class Told<Step: Sendable>: @unchecked Sendable {
  private let lock = NSLock()
  private var steps: [Step] = []

  @Sendable func add(_ step: Step) { lock.withLock { steps.append(step) } }

  var all: [Step] { lock.withLock { steps } }
}
