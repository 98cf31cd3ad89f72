// Nothing is left behind, counted in Rust: handles and tasks. They are counted for the whole process, so these tests have
// one to themselves (`.dev/run swift test` sees to that), and run one after another.

import Foundation
import JulesTesting
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
    let emulator = try JulesTesting.Emulator()
    try await expectNothingLeft { _ in
      let client = try Jules(
        apiKey: "test-key", baseURL: emulator.url, pollingInterval: .milliseconds(20), cache: false)
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
