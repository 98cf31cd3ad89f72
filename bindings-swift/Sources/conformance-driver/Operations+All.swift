// Many items at once, awaited and iterated.

import Jules

extension Operations {
  func performAll(_ op: String, take: Int?) async throws -> StepResult? {
    switch op {
    case "all" where with.bool("progress") ?? false:
      StepResult(json: try await followed())
    case "all" where with.bool("stopOnError") ?? true:
      StepResult(json: .array(try await batch().outcomes(timeout: with.timeout).map { try asJSON($0) }))
    case "all":
      StepResult(json: .array(try await batch().settled().map { try settled($0) }))
    case "all.created":
      StepResult(json: .array(try await created().map { ["id": .string($0.id)] }))
    case "all.iterate":
      StepResult(json: .array(try await iterate(take: take)))
    default:
      nil
    }
  }

  private func created() async throws -> [Session] {
    try await client.all(with.list("items"), concurrency: with.int("concurrency"), until: .created) { $0.runConfig }
      .sessions()
  }

  private func batch(onProgress: (@Sendable (BatchProgress) -> Void)? = nil) -> Batch<Arguments, Outcome> {
    client.all(
      with.list("items"), concurrency: with.int("concurrency"), stopOnError: with.bool("stopOnError") ?? true,
      delay: with.milliseconds("delayMs"), onProgress: onProgress
    ) { $0.runConfig }
  }

  private func followed() async throws -> JSONValue {
    let told = Told<BatchProgress>()
    let outcomes = try await batch(onProgress: told.add).outcomes(timeout: with.timeout)
    return ["outcomes": .array(try outcomes.map { try asJSON($0) }), "progress": try asJSON(told.all)]
  }

  private func iterate(take: Int?) async throws -> [JSONValue] {
    var items: [JSONValue] = []
    if take == 0 { return items }
    do {
      for try await one in batch() {
        let index = JSONValue.integer(Int64(one.index))
        switch one.result {
        case .success(let outcome): items.append(["index": index, "outcome": try asJSON(outcome)])
        case .failure(let error): items.append(["index": index, "error": ErrorReport(error).json])
        }
        if items.count == take { break }
      }
    } catch {
      throw Interrupted(items: items, cause: error)
    }
    return items
  }

  private func settled(_ result: Result<Outcome, any Error>) throws -> JSONValue {
    switch result {
    case .success(let outcome): ["status": "fulfilled", "value": try asJSON(outcome)]
    case .failure(let error): ["status": "rejected", "reason": ErrorReport(error).json]
    }
  }
}
