// Nothing is left behind, counted in Rust: handles and tasks. They are counted for the whole process, so these tests have
// one to themselves (`.dev/run swift test` sees to that), and run one after another.

import Foundation
import Testing

@testable import Jules

@Suite(.serialized, .timeLimit(.minutes(1))) struct MemoryTests {
  @Test func aThousandStreamsThatWereReadLeaveNothingBehind() async throws {
    try await expectNothingLeft { session in
      for _ in 1...1000 {
        for try await activity in session.stream() {
          #expect(activity.message == "hello")
          break
        }
      }
    }
  }

  @Test func aThousandStreamsThatNobodyReadLeaveNothingBehind() async throws {
    try await expectNothingLeft { session in
      for _ in 1...1000 {
        _ = session.stream(follow: true)
        _ = session.updates().makeAsyncIterator()
      }
    }
  }

  @Test func aThousandStreamsThatWereCancelledWhileTheyWaitedLeaveNothingBehind() async throws {
    try await expectNothingLeft { session in
      let (seen, said) = AsyncStream.makeStream(of: Void.self)
      let loops = (1...1000).map { _ in
        Task {
          for try await _ in session.stream() { said.yield() }
        }
      }
      var waiting = seen.makeAsyncIterator()
      for _ in loops { await waiting.next() }
      let handles = try Living.now.handles
      #expect(handles > 1000, "a stream each")
      for loop in loops { loop.cancel() }
      for loop in loops { _ = await loop.result }
    }
  }

  @Test func twoThousandSessionsThatWereStreamedLeaveTheProcessAsItWas() async throws {
    let emulator = try OwnEmulator(arguments: ["--speed", "50"])
    let url = emulator.url
    let cache = FileManager.default.temporaryDirectory.appendingPathComponent("jules-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: cache) }
    @Sendable func lane(_ cycles: Int) async throws {
      let client = try Jules(
        apiKey: "test-key", baseURL: URL(string: url), pollingInterval: .milliseconds(20),
        cache: .directory(cache), activityBudget: .unlimited)
      for _ in 0..<cycles {
        let session = try await client.createSession(prompt: "[scenario:quick] once more")
        for try await _ in session.stream() { break }
      }
    }
    var held: [Held] = []
    for cycles in [500, 2000] {
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<8 { group.addTask { try await lane(cycles / 8) } }
        try await group.waitForAll()
      }
      let none = Living(handles: 0, tasks: 0)
      try await eventually { try Living.now == none }
      held.append(try Held())
    }
    // Two kilobytes that each leaves would be four megabytes.
    #expect(held[1].memory - held[0].memory < 4096, "\(held)")
    #expect(held[1].files <= held[0].files && held[1].threads <= held[0].threads, "\(held)")
  }

  /// What the process holds, as Linux says it: memory in KiB, open files, threads. Zeros elsewhere.
  private struct Held {
    var memory = 0
    var files = 0
    var threads = 0

    init() throws {
      #if os(Linux)
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8).split(separator: "\n")
        func number(_ name: String) -> Int {
          let words = status.first { $0.hasPrefix(name) }?.split(whereSeparator: \.isWhitespace) ?? []
          return words.count > 1 ? Int(words[1]) ?? 0 : 0
        }
        (memory, threads) = (number("VmRSS:"), number("Threads:"))
        files = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
      #endif
    }
  }

  @Test func callsBatchesAndListingsLeaveNothingBehind() async throws {
    try await expectNothingLeft { session in
      let client = try Emulator.client()
      _ = try await client.all(0..<5) { RunConfig(prompt: "[scenario:quick] Number \($0)") }.outcomes()
      for try await _ in client.all(0..<5, config: { RunConfig(prompt: "[scenario:quick] Number \($0)") }) { break }
      for try await _ in client.sessions(pageSize: 1) { break }
      for try await _ in client.sources(pageSize: 1) { break }
      _ = client.start(prompt: "[scenario:silent] wait")
      _ = await julesError { try await session.result(timeout: .milliseconds(50)) }
    }
  }

  @Test func queuesAndTheirWorkersLeaveNothingBehind() async throws {
    // What other tests leave at work would hold slots.
    let emulator = try OwnEmulator(arguments: ["--speed", "50"])
    try await expectNothingLeft { _ in
      let client = try Jules(
        apiKey: "test-key", baseURL: URL(string: emulator.url), pollingInterval: .milliseconds(20), cache: false)
      let queue = try client.queue("memory")
      try await queue.addAll(0..<4) { TaskConfig(RunConfig(prompt: "[scenario:quick] Number \($0)"), key: "\($0)") }
      for try await _ in queue.work(approve: .asking { _, _ in true }) { break }
      for try await _ in queue.tasks() { break }
      await #expect(throws: CancellationError.self) {
        try await withThrowingTaskGroup(of: Void.self) { group in
          group.addTask { for try await _ in queue.work(follow: true) {} }
          try await eventually { try await queue.status().workers == 1 }
          group.cancelAll()
          try await group.next()
        }
      }
      _ = await julesError { try await queue.task("nobody’s") }
    }
  }

  /// Sees that there is as much afterwards as before, but for what the client of the session itself keeps; and nothing at
  /// all when that has gone.
  private func expectNothingLeft(by work: (Session) async throws -> Void) async throws {
    let none = Living(handles: 0, tasks: 0)
    try await eventually { try Living.now == none }
    do {
      let session = try await Emulator.session("silent")
      try await Emulator.append(to: session, message: "hello")
      try await work(session)
    }
    try await eventually { try Living.now == none }
  }
}
