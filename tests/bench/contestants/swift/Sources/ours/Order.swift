// What a contestant may be asked to do; tests/bench/README.md says what is measured.

import Foundation
import Jules

struct Order: Decodable {
  let task: String
  let url: String
  let cache: String
  let interval: Double?
  let session: String?
  let sessions: [String]?
  let prompt: String?
  let count: Int?
  let query: Query?

  func answer(with jules: Jules) async throws -> JSONValue {
    switch task {
    case "stream": try await stream(jules)
    case "watch": try await watch(jules)
    case "all": try await all(jules)
    case "fill": try await fill(jules)
    case "replay": try await replay(jules)
    case "select": try await select(jules)
    default: ["unsupported": .string("no task \(task)")]
    }
  }

  /// Follows one session to its end and notes when each activity came.
  private func stream(_ jules: Jules) async throws -> JSONValue {
    var seen: [JSONValue] = []
    for try await activity in try jules.session(id: session ?? "").stream() {
      var now = timespec()
      clock_gettime(CLOCK_REALTIME, &now)
      seen.append([.string(activity.id), .integer(Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec))])
    }
    return ["seen": .array(seen)]
  }

  /// Waits for the outcomes of many sessions that run already.
  private func watch(_ jules: Jules) async throws -> JSONValue {
    try await withThrowingTaskGroup(of: Outcome.self) { group in
      for id in sessions ?? [] {
        group.addTask { try await jules.session(id: id).result() }
      }
      return ["finished": .integer(try await group.reduce(into: 0) { count, _ in count += 1 })]
    }
  }

  /// Runs many new sessions to their outcome.
  private func all(_ jules: Jules) async throws -> JSONValue {
    let began = ContinuousClock.now
    let (prompt, count) = (prompt ?? "", count ?? 0)
    let outcomes = try await jules.all(0..<count, concurrency: count) { number in
      RunConfig(prompt: "\(prompt) \(number)", source: .github("octocat/hello-world", branch: "main"))
    }.outcomes()
    return ["finished": .integer(Int64(outcomes.count)), "seconds": .number(seconds(since: began))]
  }

  /// Brings a session that has ended into the cache.
  private func fill(_ jules: Jules) async throws -> JSONValue {
    var count: Int64 = 0
    for try await _ in try jules.session(id: session ?? "").history() { count += 1 }
    return ["count": .integer(count)]
  }

  /// Reads a session from the cache, and every field of each activity.
  private func replay(_ jules: Jules) async throws -> JSONValue {
    let session = try jules.session(id: session ?? "")
    let (before, began) = (memory("VmRSS:"), ContinuousClock.now)
    var (count, letters, time) = (Int64(0), 0, 0.0)
    for try await activity in session.history(offline: true) {
      letters += activity.letters
      time += activity.createTime?.timeIntervalSince1970 ?? 0
      count += 1
    }
    let seconds = seconds(since: began)
    guard letters > count, time > 0 else { throw CocoaError(.coderReadCorrupt) }
    return [
      "count": .integer(count), "seconds": .number(seconds), "before": .integer(before),
      "peak": .integer(memory("VmHWM:")),
    ]
  }

  /// Asks the cache the same several times.
  private func select(_ jules: Jules) async throws -> JSONValue {
    guard let query else { throw CocoaError(.coderValueNotFound) }
    var (times, rows) = ([JSONValue](), Int64(0))
    for _ in 0..<(count ?? 0) {
      let began = ContinuousClock.now
      rows = Int64(try await jules.select(query).count)
      times.append(.number(seconds(since: began)))
    }
    return ["count": .integer(rows), "seconds": .array(times)]
  }

  private func seconds(since began: ContinuousClock.Instant) -> Double {
    (ContinuousClock.now - began) / .seconds(1)
  }

  /// What this process holds in memory, in bytes: now, or at most so far.
  private func memory(_ field: String) -> Int64 {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix(field) }
    return (line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int64($0) } ?? 0) * 1024
  }
}

extension Activity {
  /// How much text it holds; to know it, every field is read.
  fileprivate var letters: Int {
    let own =
      switch event {
      case .agentMessaged(let message), .userMessaged(let message): message.utf8.count
      case .planGenerated(let plan): plan.steps.reduce(0) { $0 + utf8Length($1.title, $1.description) }
      case .planApproved(let planID): planID.utf8.count
      case .progressUpdated(let title, let description): title.utf8.count + description.utf8.count
      case .sessionCompleted: 0
      case .sessionFailed(let reason): reason.utf8.count
      case .unknown(let kind, _): kind.utf8.count
      }
    return own + utf8Length(name, id, originator, description) + artifacts.count
  }
}

private func utf8Length(_ texts: String?...) -> Int {
  texts.reduce(0) { $0 + ($1 ?? "").utf8.count }
}
