// Queues: adding, working, and what can be seen of tasks.

import Foundation
import Jules

extension Operations {
  func performOnQueue(_ op: String, take: Int?) async throws -> StepResult? {
    switch op {
    case "queue":
      let made = try client.queue(with.string("name") ?? "", slots: with.int("slots"), perDay: with.int("perDay"))
      return StepResult(json: ["name": .string(made.name)], saved: .queue(made))
    case "queue.add": return try found(await queue.add(with.taskConfig))
    case "queue.addAll":
      return StepResult(json: try asJSON(await queue.addAll(with.list("items")) { $0.taskConfig }))
    case "queue.task": return try found(await queue.task(key))
    case "queue.cancel": return try found(await queue.cancel(key))
    case "queue.until": return try found(await reached())
    case "queue.tasks":
      let states = with.strings("state").map { QueueTask.State(rawValue: $0) }
      return StepResult(json: .array(try await toldAtOnce { try await collect(queue.tasks(in: states), take: take) }))
    case "queue.waitingForPerson":
      return StepResult(json: .array(try await collect(queue.waitingForPerson(), take: take)))
    case "queue.results": return StepResult(json: .array(try await collect(queue.results(), take: take)))
    case "queue.status": return StepResult(json: try asJSON(await queue.status()))
    case "queue.pause": try await queue.pause()
    case "queue.resume": try await queue.resume()
    case "queue.work":
      return StepResult(json: .array(try await toldAtOnce { try await worked(take: take) }))
    case "queue.finished":
      return StepResult(json: .array(try await work().finished().map(shown)))
    default: return nil
    }
    return StepResult()
  }

  /// What is wrong with the call itself comes with the first item here, and before there are any elsewhere.
  private func toldAtOnce(_ items: () async throws -> [JSONValue]) async throws -> [JSONValue] {
    do {
      return try await items()
    } catch let error as Interrupted where error.items.isEmpty && (error.cause as? JulesError)?.kind == "Config" {
      throw error.cause
    }
  }

  private var queue: Queue {
    get throws {
      guard case .queue(let queue) = on else { throw Unsupported(message: "no queue to work on") }
      return queue
    }
  }

  private var key: String { with.string("key") ?? "" }

  private func found(_ task: QueueTask) throws -> StepResult {
    StepResult(json: try asJSON(task), saved: .task(task))
  }

  /// Reads the task until it is in its state; the runner bounds how long.
  private func reached() async throws -> QueueTask {
    let state = QueueTask.State(rawValue: with.string("state") ?? "")
    while true {
      let task = try await queue.task(key)
      if task.state == state { return task }
      try await Task.sleep(for: .milliseconds(10))
    }
  }

  private func worked(take: Int?) async throws -> [JSONValue] {
    let work = try work()
    var items: [JSONValue] = []
    if take == 0 { return items }
    do {
      for try await one in work {
        items.append(try shown(one))
        if items.count == take { break }
      }
    } catch {
      throw Interrupted(items: items, cause: error)
    }
    return items
  }

  private func work() throws -> QueueWork {
    try queue.work(
      concurrency: with.int("concurrency"), follow: with.bool("follow") ?? false, approve: with.approval)
  }

  private func shown(_ one: QueueWork.Finished) throws -> JSONValue {
    let task = try asJSON(one.task)
    switch one.result {
    case .success(let outcome):
      return ["key": .string(one.key), "task": task, "outcome": try asJSON(outcome)]
    case .failure(let error):
      return ["key": .string(one.key), "task": task, "error": ErrorReport(error).json]
    }
  }
}

extension Arguments {
  var taskConfig: TaskConfig {
    TaskConfig(
      runConfig, priority: int("priority") ?? 0,
      notBefore: string("notBefore").flatMap { try? Date($0, strategy: .iso8601) }, maxAttempts: int("maxAttempts"),
      retryOn: string("retryOn").map { TaskConfig.RetryOn(rawValue: $0) })
  }

  /// A word, or the keys for which a closure says yes.
  fileprivate var approval: Approval {
    guard let keys = nested("approve")?.strings("keys"), !keys.isEmpty else {
      return string("approve").map { Approval(rule: $0) } ?? .none
    }
    return .asking { task, plan in keys.contains(task.key) && !plan.steps.isEmpty }
  }
}
